import { writeFigures } from "../support/figures.ts";
import { expect, test } from "../support/fixtures.ts";

/** How often the first thing that everybody tries is tried: a few times here, 30 times in `npm run repeat`. */
const MEETINGS = Number(process.env["MEETINGS"] ?? "3");

test("[C46] two tabs of one browser meet: each sees the other move and hears them", async ({
  profile,
  stranger,
}) => {
  const browser = await profile();
  const ann = await stranger(browser);
  const bob = await stranger(browser);
  await ann.start();
  await ann.sees("Looking for partner…");
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);

  for (const person of [ann, bob]) {
    await expect(person.page.getByLabel("Your video", { exact: true })).toBeVisible();
    expect(await person.statuses()).toEqual(expect.arrayContaining(["Looking for partner…", "Connected"]));
  }
});

test("[C46][M3] two browsers meet: each sees the other's picture, not their own", async ({
  computer,
  profile,
  stranger,
}) => {
  const red = await stranger(await profile(await computer({ picture: "red" })));
  const blue = await stranger(await profile(await computer({ picture: "blue" })));
  await red.start();
  await blue.start();
  await Promise.all([red.meets(), blue.meets()]);

  const [seenByRed, ownOfRed] = [await red.colour("Partner's video"), await red.colour("Your video")];
  expect(seenByRed.blue).toBeGreaterThan(seenByRed.red + 50);
  expect(ownOfRed.red).toBeGreaterThan(ownOfRed.blue + 50);
  const [seenByBlue, ownOfBlue] = [await blue.colour("Partner's video"), await blue.colour("Your video")];
  expect(seenByBlue.red).toBeGreaterThan(seenByBlue.blue + 50);
  expect(ownOfBlue.blue).toBeGreaterThan(ownOfBlue.red + 50);
});

test("[M1] three people: two meet, one waits and gets the next free one", async ({ stranger }) => {
  const [ann, bob, cat] = [await stranger(), await stranger(), await stranger()];
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
  await cat.start();
  await cat.sees("Looking for partner…");
  await expect(cat.button("Stop")).toBeVisible();

  await ann.press("Next");
  await Promise.all([ann.meets(), cat.meets()]);
  await bob.sees("Looking for partner…");
});

test(`[C46][C47] two people meet ${MEETINGS} times in a row, within 5 s on average`, async ({
  profile,
  stranger,
}) => {
  test.setTimeout(MEETINGS * 15_000 + 15_000);
  const times: number[] = [];
  for (let meeting = 0; meeting < MEETINGS; meeting += 1) {
    const [one, other] = [await profile(), await profile()];
    const [ann, bob] = [await stranger(one), await stranger(other)];
    await ann.start();
    await ann.sees("Looking for partner…");
    await bob.start();
    await Promise.all([ann.meets(), bob.meets()]);
    times.push(await bob.timeToVideo());
    await one.close();
    await other.close();
  }
  times.sort((a, b) => a - b);
  const figures = {
    meetings: MEETINGS,
    meanMs: Math.round(times.reduce((sum, ms) => sum + ms, 0) / times.length),
    medianMs: times[Math.floor(times.length / 2)],
    worstMs: times.at(-1),
    timesMs: times,
  };
  writeFigures("time-to-video", figures);
  console.log(`from the second Start Chatting to moving partner video: ${JSON.stringify(figures)}`);
  expect(figures.meanMs).toBeLessThan(5_000);
});
