import { atRest } from "../support/at-rest.ts";
import { writeFigures } from "../support/figures.ts";
import { expect, test } from "../support/fixtures.ts";
import type { Stranger } from "../support/stranger.ts";
import { figuresOf, hearStretches, timeTable } from "../support/stretches.ts";
import { until } from "../support/until.ts";

/** How often each way is gone: twice here, 20 times in `npm run speed`. */
const TIMES = Number(process.env["SPEED_TIMES"] ?? "2");

/** What every way to a partner's picture has. */
const EVERY = ["matchMs", "offerMs", "answerMs", "iceMs", "dtlsMs", "pictureMs"];

test.use({ signalingEnv: { REMATCH_MS: "0", LIMITS_PERCENT: "10000", KEEP_FROM_LOW_MS: "0" } });

test(`[H4] where the time goes from the second Start to a moving picture, ${TIMES} times`, async ({
  profile,
  stranger,
}) => {
  test.setTimeout(TIMES * 15_000 + 15_000);
  const times: number[] = [];
  const ways = [];
  for (let time = 0; time < TIMES; time += 1) {
    const [one, other] = [await profile(), await profile()];
    const [ann, bob] = [await stranger(one), await stranger(other)];
    await ann.start();
    await ann.sees("Looking for partner…");
    await atRest();
    const heard = hearStretches(bob.page);
    await bob.start();
    times.push(await bob.timeToVideo());
    ways.push(await until("the engine has said where the time went", 5_000, () => heard[0]));
    await one.close();
    await other.close();
  }
  console.log(timeTable("From the second Start to a moving picture", times, ways));
  writeFigures("speed-start", { ...figuresOf(times), ways });
  for (const way of ways)
    expect(Object.keys(way)).toEqual(expect.arrayContaining(["tokenMs", "helloMs", "cameraMs", ...EVERY]));
});

test(`[H4] where the time goes from Next to the first frame, ${TIMES} times`, async ({ stranger }) => {
  test.setTimeout(TIMES * 20_000 + 30_000);
  const [ann, ...others] = [await stranger(), await stranger(), await stranger()];
  const times: number[] = [];
  const ways = [];
  for (const person of [ann, ...others]) await person.start();
  await ann.meets(20_000);
  const heard = hearStretches(ann.page);
  for (let time = 0; time < TIMES; time += 1) {
    await somebodyWaits(others);
    await ann.press("Next");
    times.push(await ann.timeFromNext());
    ways.push(await until("the engine has said where the time went", 5_000, () => heard[time]));
    await ann.meets();
  }
  console.log(timeTable("From Next to the first frame", times, ways));
  writeFigures("speed-next", { ...figuresOf(times), ways });
  for (const way of ways) expect(Object.keys(way)).toEqual(expect.arrayContaining(EVERY));
});

/** Who was left searches again by itself after 3 s. */
async function somebodyWaits(people: readonly Stranger[]): Promise<void> {
  await until("somebody waits for a partner", 15_000, async () => {
    const said = await Promise.all(people.map(({ status }) => status.textContent()));
    return said.some((text) => text?.includes("Looking for partner…"));
  });
}
