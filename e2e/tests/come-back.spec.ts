import { debugSessions, onlyRoom } from "../support/debug.ts";
import { expect, test } from "../support/fixtures.ts";
import type { Stranger } from "../support/stranger.ts";
import { until } from "../support/until.ts";

const IN_TIME_MS = 30_000;

async function meet(ann: Stranger, bob: Stranger): Promise<void> {
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(IN_TIME_MS), bob.meets(IN_TIME_MS)]);
}

test.beforeEach(() => test.setTimeout(180_000));

// A page that was left frees its partner after 3 s, which a busy machine may need to come back and press.
test.use({ signalingEnv: { GRACE_UNLOAD_MS: "60000" } });

/** The ways back to a page that was left for another address. */
const WAYS: Readonly<Record<string, (person: Stranger, address: string) => Promise<unknown>>> = {
  Back: ({ page }) => page.goBack(),
  "its address, typed again": ({ page }, address) => page.goto(address),
};

for (const [way, comeBack] of Object.entries(WAYS))
  test(`[S12] ${way}: the first page offers the call and has nothing open; a press returns to the same stranger`, async ({
    signaling,
    stranger,
    web,
  }) => {
    const [ann, bob] = [await stranger(), await stranger()];
    await meet(ann, bob);
    const room = await onlyRoom(signaling);
    await ann.page.goto("about:blank");
    const asked: string[] = [];
    ann.page.on("request", (request) => asked.push(request.url()));
    await comeBack(ann, web.origin);
    await expect(ann.button("Go on")).toBeVisible();
    await ann.sees("Ready to start");
    // Nobody is asked for showing it, and the camera is off.
    expect(asked.filter((url) => url.startsWith(signaling.url))).toEqual([]);
    expect(await ann.held()).toEqual({ tracks: 0, peers: 0, ahead: 0, sockets: 0 });
    expect((await onlyRoom(signaling)).roomId).toBe(room.roomId);

    await ann.press("Go on");
    await Promise.all([ann.meets(IN_TIME_MS), bob.meets(IN_TIME_MS)]);
    expect((await onlyRoom(signaling)).roomId).toBe(room.roomId);
    expect(await bob.statuses()).not.toContain("Partner left.");
    expect(await ann.statuses()).not.toContain("Looking for partner…");
  });

test("[S12] a call that is over meanwhile is said to be so, and nobody is searched", async ({
  signaling,
  stranger,
}) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await meet(ann, bob);
  await ann.page.goto("about:blank");
  await bob.press("Next");
  await bob.sees("Looking for partner…");
  await ann.page.goBack();
  await ann.press("Go on");
  await expect(ann.alert).toContainText("That call is over");
  expect(await ann.held()).toEqual({ tracks: 0, peers: 0, ahead: 0, sockets: 0 });
  expect(await ann.page.evaluate(() => window.probe.tracks.length)).toBe(0);
  expect(await ann.statuses()).not.toContain("Looking for partner…");
  await until("only he is known to the server", 5_000, async () => {
    const { stats } = await debugSessions(signaling);
    return stats.totalUsers === 1 && stats.waiting === 1 && stats.totalRooms === 0;
  });
});

test("[S12] a reload of the first page that offers a call is no reload of the call", async ({ stranger }) => {
  const [ann, bob] = [await stranger(), await stranger()];
  await meet(ann, bob);
  await ann.page.goto("about:blank");
  await ann.page.goBack();
  await expect(ann.button("Go on")).toBeVisible();
  await ann.page.reload();
  await expect(ann.button("Go on")).toBeVisible();
  expect(await ann.held()).toEqual({ tracks: 0, peers: 0, ahead: 0, sockets: 0 });
  await ann.press("Start Chatting");
  await ann.sees("Looking for partner…");
  await bob.sees("Partner left.");
});
