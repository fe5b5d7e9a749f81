import type { Hello } from "@serendip/protocol";
import { type ManualClock, manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { Caller, Command, Outcome, TicketClaims } from "../../src/domain/lobby/command.ts";
import { DEFAULT_LOBBY_SETTINGS } from "../../src/domain/lobby/settings.ts";
import type { Courier, TicketSigner } from "../../src/ports.ts";
import { createIceGrants } from "../../src/service/ice-grants.ts";
import { createLobby, type Lobby } from "../../src/service/lobby.ts";
import { createRelay } from "../../src/service/relay.ts";
import { type LobbyStore, StoreUnavailable } from "../../src/store/lobby-store.ts";
import { memoryLobbyStore } from "../../src/store/memory-lobby-store.ts";
import { keptLog } from "../app/page.ts";

interface Sent {
  readonly to: string;
  readonly event: string;
  readonly body: unknown;
}

/** Lets everything that is ready happen, without time passing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

async function pass(clock: ManualClock, ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

function setUp({
  around = (store: LobbyStore) => store,
  slowTickets = false,
  signed: known = new Map<string, TicketClaims>(),
} = {}) {
  const clock = manualClock();
  const log = keptLog();
  const sent: Sent[] = [];
  const courier: Courier = {
    deliver: (to, event, body) => void sent.push({ to, event, body }),
    probe: (to) => void sent.push({ to, event: "probe", body: {} }),
    dismiss: (to, body) => void sent.push({ to, event: "bye", body }),
  };
  const tickets: TicketSigner = {
    sign: async (claims) => {
      for (let turn = 0; slowTickets && turn < 20; turn += 1) await Promise.resolve();
      const ticket = `${claims.roomId} ${claims.me} ${claims.partner} ${known.size + 1}`;
      known.set(ticket, claims);
      return ticket;
    },
    read: async (ticket) => known.get(ticket),
  };
  let made = 0;
  const next = (prefix: string) => () => {
    made += 1;
    return `${prefix}-${made}-0123456789abcdef`;
  };
  const settings = { ...DEFAULT_LOBBY_SETTINGS, rematchMs: 0 };
  const relay = createRelay(courier);
  const lobby = createLobby({
    store: around(memoryLobbyStore({ clock, settings, instanceId: "test" })),
    courier,
    relay,
    ice: createIceGrants({
      stunUrls: [],
      accounts: undefined,
      turn: { working: () => [], withheld: () => [] },
      clock,
    }),
    tickets,
    ids: { id: next("id"), secret: next("secret") },
    clock,
    random: () => 0.5,
    log,
    welcome: { iceServers: [], retryWindowMs: 0 },
    ticketRenewMs: 30_000,
  });
  return { clock, log, sent, lobby, relay, signed: known };
}

let users = 0;
function newUserId(): string {
  users += 1;
  return `00000000-0000-4000-8000-${String(users).padStart(12, "0")}`;
}

async function come(lobby: Lobby, socketId: string, hello: Partial<Hello> = {}, userId = newUserId()) {
  const attached = await lobby.attach({
    userId,
    deviceGroup: undefined,
    tokenExpiresInMs: 1_000,
    socketId,
    hello: { protocol: 1, tabId: socketId, ...hello },
  });
  if (!attached.ok) throw new Error(attached.error.code);
  return attached.caller;
}

/** A store that cannot be reached for its next `times` commands of a type. */
function failing(type: Command["type"], times: number) {
  let left = times;
  const asked: Command["type"][] = [];
  const around = (store: LobbyStore): LobbyStore => ({
    ...store,
    execute: async (command): Promise<Outcome> => {
      asked.push(command.type);
      if (command.type === type && left > 0) {
        left -= 1;
        throw new StoreUnavailable();
      }
      return store.execute(command);
    },
  });
  return { around, asked };
}

test("[G1] a search on a store that is away for a moment is tried again after 500 ms, unseen by the person (C32)", async () => {
  const { around } = failing("find", 2);
  const { lobby, clock, log } = setUp({ around });
  const ann = await come(lobby, "ann");
  const answer = lobby.find(ann, "one");
  await settle();
  await pass(clock, 500);
  await pass(clock, 500);
  expect(await answer).toMatchObject({ ok: true, state: { kind: "queued" } });
  expect(log.lines.filter((line) => line.message === "Retrying partner search")).toHaveLength(2);
});

test("[E1] a store that stays away is `unavailable` after two more tries, with a time to come back", async () => {
  const { around, asked } = failing("find", 99);
  const { lobby, clock } = setUp({ around });
  const ann = await come(lobby, "ann");
  const answer = lobby.find(ann, "one");
  for (let turn = 0; turn < 6; turn += 1) await pass(clock, 600);
  expect(await answer).toMatchObject({ ok: false, error: { code: "unavailable", retryAfterMs: 2_000 } });
  expect(asked.filter((type) => type === "find")).toHaveLength(3);
});

test("[G1] a search that is being tried again does not outlive a later `leave`", async () => {
  const { around } = failing("find", 1);
  const { lobby, clock } = setUp({ around });
  const ann = await come(lobby, "ann");
  const search = lobby.find(ann, "one");
  await settle();
  expect(await lobby.leave(ann, "two")).toEqual({ ok: true });
  await pass(clock, 500);
  expect(await search).toMatchObject({ ok: false, error: { code: "unavailable" } });
  expect(await lobby.stats()).toMatchObject({ waiting: 0 });
});

test("[G4] a lost connection is reported again when the store was away", async () => {
  const { around } = failing("detach", 2);
  const { lobby, clock } = setUp({ around });
  const ann = await come(lobby, "ann");
  const gone = lobby.detach(ann, "bye");
  for (let turn = 0; turn < 3; turn += 1) await pass(clock, 600);
  await gone;
  expect(await lobby.stats()).toMatchObject({ sessions: 0 });
});

test("[M3] what one command brought about is delivered before anything of the next", async () => {
  const { lobby, sent } = setUp({ slowTickets: true });
  const ann = await come(lobby, "ann");
  const bob = await come(lobby, "bob");
  sent.length = 0;
  await Promise.all([lobby.find(ann, "1"), lobby.find(bob, "2"), lobby.leave(ann, "3")]);
  expect(sent.map(({ to, event }) => `${to} ${event}`)).toEqual([
    "ann matched",
    "bob matched",
    "bob partner-left",
  ]);
});

test("[T1] tickets are renewed every 30 s, for people in rooms only", async () => {
  const { lobby, sent, clock } = setUp();
  const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
  await come(lobby, "cid");
  await lobby.find(ann, "1");
  await lobby.find(bob, "2");
  const matched = sent.find((one) => one.event === "matched")?.body;
  const { room } = (matched ?? expect.fail("nobody was matched")) as { room: { roomId: string } };
  await lobby.ready(ann, "r1", room.roomId);
  await lobby.ready(bob, "r2", room.roomId);
  sent.length = 0;
  for (const after of [29_000, 1_000, 30_000]) {
    for (const caller of [ann, bob]) await lobby.touch(caller);
    await pass(clock, after);
  }
  const renewed = sent.filter((one) => one.event === "ticket");
  expect(renewed.map((one) => one.to)).toEqual(["ann", "bob", "ann", "bob"]);
  expect(new Set(renewed.map((one) => JSON.stringify(one.body))).size).toBe(4);
});

test("[T1] [M1] a match does not wait until everybody's ticket is renewed (C47)", async () => {
  const { lobby, sent, clock } = setUp({ slowTickets: true });
  const callers = new Map<string, Caller>();
  for (let n = 0; n < 40; n += 1) {
    const caller = await come(lobby, `in-room-${n}`);
    callers.set(`in-room-${n}`, caller);
    await lobby.find(caller, "1");
  }
  for (const { to, event, body } of [...sent]) {
    const caller = callers.get(to);
    if (event !== "matched" || !caller) continue;
    await lobby.ready(caller, "2", (body as { room: { roomId: string } }).room.roomId);
  }
  const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
  sent.length = 0;
  clock.advance(30_000);
  await Promise.resolve();
  await Promise.all([lobby.find(ann, "3"), lobby.find(bob, "4")]);
  expect(sent.map((one) => one.event)).toContain("matched");
  expect(sent.filter((one) => one.event === "ticket").length).toBeLessThan(10);
  for (let turn = 0; turn < 50; turn += 1) await settle();
  expect(sent.filter((one) => one.event === "ticket")).toHaveLength(40);
});

test("[G4] the lobby carries out what falls due by itself, and sets no timer when nobody is there (I13, I20)", async () => {
  const { lobby, sent, clock, relay } = setUp();
  const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
  await lobby.find(ann, "1");
  await lobby.find(bob, "2");
  await lobby.detach(ann, "dropped");
  await settle();
  await pass(clock, 1_000);
  expect(sent.at(-1)).toMatchObject({ to: "bob", event: "partner-away", body: { cause: "dropped" } });
  await pass(clock, 9_000);
  expect(sent.map((one) => one.event)).toContain("partner-left");
  await lobby.detach(bob, "bye");
  await settle();
  for (let turn = 0; turn < 20; turn += 1) await pass(clock, 60_000);
  expect(await lobby.stats()).toEqual({
    sessions: 0,
    online: 0,
    waiting: 0,
    rooms: 0,
    graces: 0,
    memories: 0,
  });
  expect(relay.counts()).toEqual({ rooms: 0, seats: 0, waitingSignals: 0 });
  expect(clock.pending()).toBe(0);
});

test("[K5] relay only goes with the room's tickets, and filters its signals before and after a restart", async () => {
  const before = setUp();
  const [annId, bobId] = [newUserId(), newUserId()];
  const ann = await come(before.lobby, "ann", {}, annId);
  const bob = await come(before.lobby, "bob", {}, bobId);
  await before.lobby.find(ann, "1", true);
  await before.lobby.find(bob, "2");
  const matched = before.sent.filter((one) => one.event === "matched");
  expect(matched.map(({ body }) => body)).toMatchObject([
    { room: { relayOnly: true } },
    { room: { relayOnly: true } },
  ]);
  await pass(before.clock, 9_000);
  const body = matched[0]?.body ?? expect.fail("nobody was matched");
  const { roomId } = (body as { room: { roomId: string } }).room;
  for (const [caller, requestId] of [
    [ann, "3"],
    [bob, "4"],
  ] as const)
    await before.lobby.ready(caller, requestId, roomId);
  await pass(before.clock, 21_000);
  expect([...before.signed.values()].map(({ relayOnly }) => relayOnly)).toEqual([true, true, true, true]);

  const host = "candidate:1 1 udp 1 192.168.1.5 54321 typ host";
  const signal = (sequence: number) => ({
    roomId,
    generation: 1,
    sequence,
    signal: { kind: "candidate", candidate: { candidate: host, sdpMid: "0", sdpMLineIndex: 0 } } as const,
  });
  expect(await before.lobby.signal(ann, signal(1))).toEqual({ ok: true });
  const ticketOf = (userId: string) =>
    [...before.signed].find(([, { me }]) => me === userId)?.[0] ?? expect.fail("no ticket");
  const resume = {
    sessionId: "before",
    resumeSecret: "0123456789abcdef",
    epoch: 1,
    peerConnection: "alive",
  } as const;

  const after = setUp({ signed: before.signed });
  const annAgain = await come(after.lobby, "ann", { resume, ticket: ticketOf(annId) }, annId);
  expect(await after.lobby.signal(annAgain, signal(2))).toEqual({ ok: true });
  await come(after.lobby, "bob", { resume, ticket: ticketOf(bobId) }, bobId);
  expect(after.sent.filter((one) => one.event === "welcome").map(({ body }) => body)).toMatchObject([
    { state: { room: { relayOnly: true } } },
    { state: { room: { relayOnly: true } } },
  ]);
  expect([...before.signed.values()].every(({ relayOnly }) => relayOnly)).toBe(true);
  for (const { sent } of [before, after]) {
    expect(sent.filter((one) => one.event === "signal" && one.to === "bob")).toHaveLength(1);
    expect(JSON.stringify(sent)).not.toContain("192.168.1.5");
  }
});

test("[W6] a fault of the store is answered `internal` and leaves others alone", async () => {
  const around = (store: LobbyStore): LobbyStore => ({
    ...store,
    execute: async (command) => {
      if (command.type === "ready") throw new TypeError("a bug");
      return store.execute(command);
    },
  });
  const { lobby, log } = setUp({ around });
  const ann = await come(lobby, "ann");
  expect(await lobby.ready(ann, "1", "room")).toMatchObject({ ok: false, error: { code: "internal" } });
  expect(await lobby.find(ann, "2")).toMatchObject({ ok: true });
  expect(log.lines.some((line) => line.level === "error")).toBe(true);
});

test("[H2] [S6] an older socket's report of a call is counted nowhere", async () => {
  const { lobby } = setUp();
  const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
  await lobby.find(ann, "1");
  const found = await lobby.find(bob, "2");
  if (!found.ok || found.state.kind !== "in-room") throw new Error("they have not met");
  const { roomId } = found.state.room;
  const recovered = { byItself: 0, byRestart: 0, byRebuild: 0 };
  const report = { roomId, outcome: "failed", ice: "none", recovered, end: "stop" } as const;
  const older = { ...ann, epoch: ann.epoch - 1 };
  expect(await lobby.callReport(older, report)).toMatchObject({ error: { code: "stale_session" } });
  expect(lobby.calls().totals).toMatchObject({ reports: 0, sessionErrors: { hellos: 2, count: 1 } });
  expect(await lobby.callReport(ann, report)).toEqual({ ok: true });
  await lobby.leave(bob, "3");
  expect(await lobby.callReport(bob, report)).toEqual({ ok: true });
  expect(lobby.calls().totals).toMatchObject({ reports: 2, failed: 2 });
});
