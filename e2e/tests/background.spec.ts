import { debugSessions, onlyRoom } from "../support/debug.ts";
import { test as base, expect } from "../support/fixtures.ts";
import { type PocketedStranger, realTabs } from "../support/real-tabs.ts";
import type { Stranger } from "../support/stranger.ts";
import { pass, until } from "../support/until.ts";

/** How long a tab is hidden in a call: half a minute here, five in `npm run soak`. */
const HIDDEN_MS = Number(process.env["HIDDEN_MS"] ?? "30000");

const PERMISSIONS = ["camera", "microphone", "notifications"];
const LOCKED_MS = 30_000;

/** A page that comes back says hello, and its timers have to wake up first. */
const BACK_MS = 40_000;

const test = base.extend<{ pocketed: () => Promise<PocketedStranger> }>({
  /** A person whose tab can be hidden and frozen. */
  pocketed: async ({ signaling, web }, use) => {
    void signaling;
    const tabs = await realTabs(PERMISSIONS);
    await use(() => tabs.open(web.origin));
    await tabs.close();
  },
});

async function inCall(ann: Stranger, bob: Stranger): Promise<void> {
  await ann.start();
  await bob.start();
  await Promise.all([ann.meets(30_000), bob.meets(30_000)]);
}

/** Counts in the page, ten times a second: what a hidden tab is slowed down in. */
const startTicking = (page: Stranger["page"]) =>
  page.evaluate(() => {
    const root = document.documentElement;
    root.dataset["ticks"] = "0";
    setInterval(() => {
      root.dataset["ticks"] = String(Number(root.dataset["ticks"]) + 1);
    }, 100);
  });
const ticks = (page: Stranger["page"]) =>
  page.evaluate(() => [document.visibilityState, Number(document.documentElement.dataset["ticks"])] as const);

async function nothingWasSaid(...people: readonly Stranger[]): Promise<void> {
  for (const person of people) {
    const statuses = await person.statuses();
    expect(statuses.at(-1)).toBe("Connected");
    expect(statuses).not.toContain("Partner left.");
    await expect(person.alert).toBeHidden();
  }
}

test(`[G8] one tab is hidden for ${HIDDEN_MS / 1_000} s, its timers slowed down, and the other phone is locked for 30 s: the same call, the same stranger`, async ({
  pocketed,
  signaling,
}) => {
  test.setTimeout(HIDDEN_MS + 180_000);
  const ann = await pocketed();
  await ann.start();
  const bob = await pocketed();
  await bob.start();
  await Promise.all([ann.meets(30_000), bob.meets(30_000)]);
  const room = await onlyRoom(signaling);
  for (const person of [ann, bob]) await startTicking(person.page);
  const hiddenAt = Date.now();
  await bob.hide();
  await bob.freeze();
  const [, before] = await ticks(bob.page);
  await pass(LOCKED_MS);
  // Not one timer has run, and no ping was answered: the place is held by the partner's word that media flows.
  expect(await ticks(bob.page)).toEqual(["hidden", before]);
  const [state, count] = await ticks(ann.page);
  expect(state).toBe("hidden");
  expect(count).toBeLessThan((Date.now() - hiddenAt) / 100 / 2);
  expect((await debugSessions(signaling)).stats.graces).toBe(1);
  await ann.meets();

  await bob.thaw();
  await bob.show();
  await Promise.all([ann.meets(BACK_MS), bob.meets(BACK_MS)]);
  await until("he is connected to the service again", BACK_MS, async () => {
    const { stats, rooms } = await debugSessions(signaling);
    return stats.totalSockets === 2 && stats.graces === 0 && rooms[0]?.roomId === room.roomId;
  });
  await pass(Math.max(0, hiddenAt + HIDDEN_MS - Date.now()));
  expect((await ticks(ann.page))[0]).toBe("hidden");
  await ann.show();
  await Promise.all([ann.meets(BACK_MS), bob.meets(BACK_MS)]);
  expect((await onlyRoom(signaling)).roomId).toBe(room.roomId);
  await nothingWasSaid(ann, bob);
});

/** As short as it may be: no other grace is longer. And silence is noticed sooner. */
const SHORT_GRACES = {
  ...Object.fromEntries(
    ["HOLD_ROOM", "CUT_ROOM", "DROPPED_ROOM", "DRAIN"].map((name) => [`GRACE_${name}_MS`, "8000"]),
  ),
  PING_INTERVAL_MS: "4000",
  PING_TIMEOUT_MS: "3000",
};

test.describe("a place that is held for a short time only", () => {
  test.use({ signalingEnv: { ...SHORT_GRACES, REMATCH_MS: "0" } });

  test("[G8] a page that is frozen for longer than its place is held comes back without an error, and meets again", async ({
    pocketed,
    stranger,
    signaling,
  }) => {
    test.setTimeout(180_000);
    const [ann, bob] = [await pocketed(), await stranger()];
    await inCall(ann, bob);
    const room = await onlyRoom(signaling);
    await ann.hide();
    await ann.freeze();
    await until("her place is given up", 60_000, async () => {
      const { rooms } = await debugSessions(signaling);
      return rooms.every(({ roomId }) => roomId !== room.roomId);
    });
    await ann.thaw();
    await ann.show();
    await Promise.all([ann.meets(60_000), bob.meets(60_000)]);
    expect((await onlyRoom(signaling)).roomId).not.toBe(room.roomId);
    for (const person of [ann, bob]) await expect(person.alert).toBeHidden();
  });
});

test("a match in a hidden tab is heard and shown, and is a call when one looks", async ({
  pocketed,
  stranger,
}) => {
  test.setTimeout(120_000);
  const [ann, bob] = [await pocketed(), await stranger()];
  await ann.page.evaluate(() => {
    const said = document.documentElement.dataset;
    window.Notification = new Proxy(window.Notification, {
      construct(target, args) {
        said["shown"] = String(args[0]);
        return Reflect.construct(target, args);
      },
    });
    window.AudioContext = new Proxy(window.AudioContext, {
      construct(target, args) {
        const context: AudioContext = Reflect.construct(target, args);
        said["sounds"] = String(Number(said["sounds"] ?? 0) + 1);
        context.addEventListener("statechange", () => {
          if (context.state !== "closed") said["heard"] = context.state;
        });
        return context;
      },
    });
  });
  await ann.start();
  await ann.sees("Looking for partner…");
  await ann.hide();
  await bob.start();
  await bob.meets(30_000);
  const said = await ann.page.evaluate(() => ({
    state: document.visibilityState,
    ...document.documentElement.dataset,
  }));
  expect(said).toMatchObject({ state: "hidden", shown: "Someone is there", sounds: "1", heard: "running" });
  await ann.show();
  await ann.meets(BACK_MS);
});
