import { debugSessions, onlyRoom } from "../support/debug.ts";
import { expect, test } from "../support/fixtures.ts";
import type { Stranger } from "../support/stranger.ts";
import { until } from "../support/until.ts";

/** How often a page is reloaded in a row: a few times here, 100 times in `npm run soak`. */
const RELOADS = Number(process.env["RELOADS"] ?? "3");

const reload = (person: Stranger) => person.page.reload();

/** The pauses of a run, 0–500 ms, the same in every run so that a failure can be repeated. */
function* pauses(): Generator<number, never> {
  for (let state = 42; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state % 501;
  }
}

async function noSessionError(person: Stranger): Promise<void> {
  await expect(person.page.getByText(/session.*(active|exists|error)/i)).toHaveCount(0);
  await expect(person.alert).toBeHidden();
}

test("[C30][S7][R5] a reload returns by itself to the same stranger", async ({ signaling, stranger }) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
  const room = await onlyRoom(signaling);

  await reload(ann);
  await Promise.all([ann.meets(), bob.meets()]);
  const after = await onlyRoom(signaling);
  expect(after.roomId).toBe(room.roomId);
  expect(after.generation).toBeGreaterThan(room.generation);
  expect(await bob.statuses()).not.toContain("Partner left.");
  await noSessionError(ann);
  await noSessionError(bob);

  await ann.press("Stop");
  await bob.sees("Partner left.");
});

test("[S7][G3] a reload while waiting keeps the place in the queue", async ({ signaling, stranger }) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await ann.start();
  await ann.sees("Looking for partner…");
  await until(
    "the server has her in the queue",
    5_000,
    async () => (await debugSessions(signaling)).stats.waiting === 1,
  );
  await reload(ann);
  await ann.sees("Looking for partner…");
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
});

test(`[C30][C61] ${RELOADS} reloads at odd moments: moving video again each time`, async ({ stranger }) => {
  test.setTimeout(60_000 + RELOADS * 15_000);
  const [ann, bob] = [await stranger(), await stranger()];
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
  const pause = pauses();
  for (let count = 0; count < RELOADS; count += 1) {
    const person = count % 2 === 0 ? ann : bob;
    // The moment of the reload is the thing under test.
    await person.page.waitForTimeout(pause.next().value);
    await reload(person);
    await Promise.all([ann.meets(20_000), bob.meets(20_000)]);
    await noSessionError(ann);
    await noSessionError(bob);
  }
});

test.describe("people who may meet again at once", () => {
  // Who was together lately waits before meeting again (M5), which is not what is looked at here.
  test.use({ signalingEnv: { REMATCH_MS: "0" } });

  test(`[C30][C31] ${RELOADS} times reload, Stop, Start: never a session error`, async ({
    signaling,
    stranger,
  }) => {
    test.setTimeout(60_000 + RELOADS * 25_000);
    const [ann, bob] = [await stranger(), await stranger()];
    await ann.start();
    await bob.start();
    await Promise.all([ann.meets(), bob.meets()]);
    const pause = pauses();
    for (let count = 0; count < RELOADS; count += 1) {
      await reload(ann);
      await ann.page.waitForTimeout(pause.next().value);
      await ann.press("Stop");
      await ann.start();
      await Promise.all([ann.meets(25_000), bob.meets(25_000)]);
      await noSessionError(ann);
      await noSessionError(bob);
    }
    await ann.press("Stop");
    await bob.sees("Partner left.");
    await bob.press("Stop");
    await until("nothing is left on the server", 5_000, async () => {
      const { stats } = await debugSessions(signaling);
      return stats.totalUsers + stats.totalRooms + stats.totalSockets + stats.waiting + stats.graces === 0;
    });
  });
});

test("[C38][G2] a page that is unloaded frees its partner within 5 s, and nothing stays behind", async ({
  signaling,
  stranger,
}) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
  await ann.page.goto("about:blank");
  await bob.sees("Partner left.", 5_000);
  await until("only one person is left", 5_000, async () => {
    const { stats } = await debugSessions(signaling);
    return stats.totalUsers === 1 && stats.totalRooms === 0 && stats.graces === 0;
  });
});

test("[C34][C35] a killed tab frees its partner within 13 s", async ({ computer, profile, stranger }) => {
  const browser = await computer();
  const ann = await stranger(await profile(browser));
  const bob = await stranger();
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(), bob.meets()]);
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const killedAt = Date.now();
  for (const { type, id } of processInfo) if (type === "renderer") process.kill(id, "SIGKILL");
  await bob.sees("Partner left.", 13_000);
  expect(Date.now() - killedAt).toBeLessThanOrEqual(13_000);
});
