import { expect, test } from "vitest";
import type { LobbyCounts } from "../../../src/service/counts/lobby-counts.ts";
import { always, come, newUserId, pass, setUp } from "../lobby-bench.ts";

const of = (counter: { entries(): readonly (readonly [string, number])[] }) =>
  Object.fromEntries(counter.entries().filter(([, count]) => count > 0));
const read = ({ counts: { lobby } }: { counts: { lobby: LobbyCounts } }) => ({
  searches: lobby.searches(),
  opened: lobby.sessionsOpened(),
  closed: of(lobby.sessionsClosed),
  matches: of(lobby.matches),
  ended: of(lobby.roomsEnded),
  graces: of(lobby.gracesStarted),
  outcomes: of(lobby.graceOutcomes),
  resumes: of(lobby.resumes),
  takeovers: of(lobby.takeovers),
  revived: lobby.roomsRevived(),
});

const find = (requestId: string) => ({ requestId });

/** Two in a call, of whom the first one has waited for 3 s. */
async function meet(bench: ReturnType<typeof setUp>) {
  const { lobby, clock, sent } = bench;
  const ann = await come(lobby, "a");
  await lobby.find(ann, find("find-a"), always);
  await pass(clock, 3_000);
  const ben = await come(lobby, "b");
  await lobby.find(ben, find("find-b"), always);
  const matched = sent.find(({ event }) => event === "matched");
  const { room } = (matched?.body ?? {}) as { room: { roomId: string } };
  for (const one of [ann, ben]) await lobby.ready(one, "ready", room.roomId);
  return { ann, ben };
}

test("[C62] [C64] searches, matches, waits and rooms are counted from what the store tells", async () => {
  const bench = setUp();
  const { ann } = await meet(bench);
  await pass(bench.clock, 2_000);
  await bench.lobby.leave(ann, "leave-a");
  expect(read(bench)).toMatchObject({
    searches: 2,
    opened: 2,
    matches: { unknown: 1 },
    ended: { left: 1 },
    revived: 0,
  });
  const { queueWaitMs, roomMs } = bench.counts.lobby;
  expect(queueWaitMs.read()).toMatchObject({ count: 2, sum: 3_000 });
  expect(roomMs.read()).toMatchObject({ count: 1, sum: 2_000 });
  expect(bench.counts.lobby.remembered()).toBe(0);
});

test("[C64] a grace counts when it starts, and once by what ends it", async () => {
  const bench = setUp();
  const { lobby, clock, counts } = bench;
  const { ann, ben } = await meet(bench);
  await lobby.detach(ann, "dropped");
  await pass(clock, 1_000);
  expect(read(bench)).toMatchObject({ graces: { dropped: 1 }, outcomes: {} });
  for (let second = 0; second < 20; second += 1) await pass(clock, 1_000);
  expect(read(bench)).toMatchObject({ outcomes: { expired: 1 }, closed: { "grace-over": 1 } });

  const eve = await come(lobby, "e");
  await lobby.find(eve, find("find-e"), always);
  await lobby.leave(ben, "leave-b");
  await lobby.find(ben, find("find-b2"), always);
  await lobby.detach(eve, "silent");
  await lobby.leave(ben, "leave-b2");
  expect(read(bench)).toMatchObject({
    graces: { dropped: 1, silent: 1 },
    outcomes: { expired: 1, ended: 1 },
    closed: { "grace-over": 1, silent: 1 },
  });
  expect(counts.lobby.graceMs.read().count).toBe(2);
  expect(counts.lobby.remembered()).toBe(0);
});

test("[C64] returns count by what became of them, and takeovers by how", async () => {
  const bench = setUp();
  const { lobby, sent } = bench;
  const userId = newUserId();
  const first = await come(lobby, "a", { tabId: "tab" }, userId);
  const [welcome] = sent;
  const { resumeSecret } = (welcome?.body ?? {}) as { resumeSecret: string };
  const resume = { ...first, resumeSecret, peerConnection: "lost" } as const;
  await lobby.detach(first, "dropped");
  expect(read(bench)).toMatchObject({ closed: { dropped: 1 } });
  // Somebody who was doing nothing has no grace, and so comes back as somebody new.
  const second = await come(lobby, "b", { tabId: "tab", resume }, userId);
  await lobby.find(second, find("find"), always);
  await lobby.detach(second, "dropped");
  const third = await come(lobby, "c", { tabId: "tab", resume: { ...resume, ...second } }, userId);
  expect(third.epoch).toBe(2);
  await come(lobby, "d", { tabId: "tab", resume: { ...resume, ...third } }, userId);
  await come(lobby, "e", { tabId: "another tab" }, userId);
  expect(read(bench)).toMatchObject({
    resumes: { new: 1, resumed: 2 },
    takeovers: { "taken-over": 1, "moved-tab": 1 },
    outcomes: { returned: 1 },
  });
});

test("[C64] a session moved from a live connection ends no grace", async () => {
  const bench = setUp();
  const userId = newUserId();
  await come(bench.lobby, "a", { tabId: "tab" }, userId);
  await come(bench.lobby, "b", { tabId: "tab" }, userId);
  expect(read(bench)).toMatchObject({ takeovers: { "taken-over": 1 }, outcomes: {} });
});
