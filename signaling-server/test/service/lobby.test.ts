import type { Hello, ServerBody } from "@serendip/protocol";
import { describe, expect, test } from "vitest";
import type { Caller, Command, Outcome } from "../../src/domain/lobby/command.ts";
import type { TurnUser } from "../../src/ports/turn.ts";
import { type LobbyStore, StoreUnavailable } from "../../src/store/lobby-store.ts";
import { distantLobbyStore, seededRandom } from "../store/distant-lobby-store.ts";
import { always, come, newUserId, pass, settle, setUp } from "./lobby-bench.ts";

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
  const answer = lobby.find(ann, { requestId: "one" }, always);
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
  const answer = lobby.find(ann, { requestId: "one" }, always);
  for (let turn = 0; turn < 6; turn += 1) await pass(clock, 600);
  expect(await answer).toMatchObject({ ok: false, error: { code: "unavailable", retryAfterMs: 2_000 } });
  expect(asked.filter((type) => type === "find")).toHaveLength(3);
});

test("[G1] a search that nobody wants any more is not tried again", async () => {
  const { around } = failing("find", 1);
  const { lobby, clock } = setUp({ around });
  const ann = await come(lobby, "ann");
  let wanted = true;
  const search = lobby.find(ann, { requestId: "one" }, () => wanted);
  await settle();
  wanted = false;
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

test("[H3] [M10] the store is told the network and the device from which somebody came", async () => {
  const keys: unknown[] = [];
  const { lobby } = setUp({
    around: (store) => ({
      ...store,
      execute(command) {
        if (command.type === "attach") keys.push(command.networkKey, command.deviceKey);
        return store.execute(command);
      },
    }),
  });
  await lobby.attach({
    userId: newUserId(),
    deviceGroup: undefined,
    networkKey: "a-network",
    deviceKey: "a-device",
    tokenExpiresInMs: 1_000,
    socketId: "ann",
    hello: { protocol: 1, tabId: "tab" },
    onAttached: () => undefined,
  });
  expect(keys).toEqual(["a-network", "a-device"]);
});

test("[K2] [K19] [K20] the account of a match is of the network from which its person came last; who waits has none", async () => {
  const mint = ({ group, member }: TurnUser) => ({
    username: `${member} of ${group}`,
    credential: "c",
    expiresInMs: 600_000,
  });
  const { lobby, sent } = setUp({ accounts: { kind: "minted", minter: { mint }, ttlMs: 600_000 } });
  const arrive = async (socketId: string, networkKey: string, hello: Partial<Hello> = {}) => {
    let caller: Caller | undefined;
    await lobby.attach({
      ...{
        userId: socketId.slice(0, 3),
        deviceGroup: socketId,
        networkKey,
        deviceKey: socketId,
        tokenExpiresInMs: 1_000,
        socketId,
      },
      hello: { protocol: 1, tabId: socketId.slice(0, 3), ...hello },
      onAttached: (now) => {
        caller = now;
      },
    });
    if (!caller) throw new Error("not attached");
    return caller;
  };
  const bodyOf = (to: string, event: string) =>
    sent.find((one) => one.to === to && one.event === event)?.body as ServerBody<"welcome"> | undefined;
  const accountOf = (to: string, event: string) =>
    bodyOf(to, event)?.ice?.iceServers.find(({ username }) => username)?.username;
  const ann = await arrive("ann", "home");
  await lobby.find(ann, { requestId: "1" }, always);
  const { sessionId, resumeSecret, epoch } = { resumeSecret: "", ...ann, ...bodyOf("ann", "welcome") };
  const annAway = await arrive("ann-away", "cafe", {
    resume: { sessionId, resumeSecret, epoch, peerConnection: "lost" },
  });
  expect(bodyOf("ann-away", "welcome")).toMatchObject({ state: { kind: "queued" }, relay: "ok" });
  expect(bodyOf("ann-away", "welcome")).not.toHaveProperty("ice");
  const bob = await arrive("bob", "cafe");
  await lobby.find(bob, { requestId: "2" }, always);
  expect(accountOf("ann-away", "matched")).toBe(`${annAway.sessionId} of network:cafe`);
  expect(accountOf("bob", "matched")).toBe(`${bob.sessionId} of network:cafe`);
});

describe.each([
  ["the memory store", (store: LobbyStore) => store],
  ["a distant store", (store: LobbyStore) => distantLobbyStore(store, seededRandom(7))],
])("with %s", (_name, around) => {
  test("[W11] what a request brought about is told before its answer, outcome after outcome", async () => {
    const { lobby, sent } = setUp({ around });
    const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
    sent.length = 0;
    const answered = (request: Promise<unknown>, what: string) =>
      request.then(() => void sent.push({ to: what, event: "answered", body: undefined }));
    await Promise.all([
      answered(lobby.find(ann, { requestId: "1" }, always), "ann"),
      answered(lobby.find(bob, { requestId: "2" }, always), "bob"),
      answered(lobby.leave(ann, "3"), "leaving ann"),
    ]);
    const told = sent.map(({ to, event }) => `${to} ${event}`);
    const events = told.filter((line) => !line.endsWith("answered"));
    expect(events).toEqual(["ann matched", "bob matched", "bob partner-left"]);
    expect(told.indexOf("bob answered")).toBeGreaterThan(told.indexOf("bob matched"));
    expect(told.indexOf("leaving ann answered")).toBeGreaterThan(told.indexOf("bob partner-left"));
  });

  test("[W2] [W11] the welcome comes first, and what it says is known before anything is asked", async () => {
    const { lobby, sent, membership } = setUp({ around });
    const ann = await come(lobby, "ann");
    expect(sent.map(({ to, event }) => `${to} ${event}`)).toEqual(["ann welcome"]);
    expect(membership.speaksFor(ann)).toBe(true);
  });

  test("[R15] [I16] a signal that comes between the hello and the attach of a takeover is lost to nobody", async () => {
    const { lobby, sent } = setUp({ around });
    const userId = newUserId();
    const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob", { tabId: "tab" }, userId)];
    await lobby.find(ann, { requestId: "1" }, always);
    const found = await lobby.find(bob, { requestId: "2" }, always);
    if (!found.ok || found.state.kind !== "in-room") throw new Error("they have not met");
    const { roomId } = found.state.room;
    const signal = (sequence: number) =>
      lobby.signal(ann, { roomId, generation: 1, sequence, signal: { kind: "restart" } });
    await signal(1);
    const { sessionId, epoch } = bob;
    const received = { generation: 1, count: 1 };
    const welcome = sent.find(({ to, event }) => to === "bob" && event === "welcome")?.body;
    const { resumeSecret } = welcome as { resumeSecret: string };
    const resume = { sessionId, epoch, resumeSecret, peerConnection: "alive", received } as const;
    const arriving = come(lobby, "bob again", { tabId: "tab", resume }, userId);
    await signal(2);
    await arriving;
    await settle();
    await signal(3);
    const last = await come(lobby, "nobody");
    await lobby.status(last);
    await settle();
    const to = (socketId: string) =>
      sent.filter((one) => one.to === socketId && one.event === "signal").map(({ body }) => body);
    const numbers = to("bob again").map((body) => (body as { sequence: number }).sequence);
    const raised = sent.some(({ to: who, event }) => who === "bob again" && event === "partner-back");
    // Either it has come to the new socket in its place, or both begin anew.
    if (!raised) expect(numbers).toEqual([2, 3]);
    else expect(sent.some(({ to: who, event }) => who === "ann" && event === "partner-back")).toBe(true);
  });
});

test("[W11] [M1] beside 5,000 idle people, 500 searches at once are answered and matched in the turn that asks (C47)", async () => {
  const { lobby, sent } = setUp();
  for (let n = 0; n < 5_000; n += 1) await come(lobby, `idle ${n}`);
  const people: Caller[] = [];
  for (let n = 0; n < 500; n += 1) people.push(await come(lobby, `searching ${n}`));
  sent.length = 0;
  let turn = 0;
  setImmediate(() => {
    turn += 1;
  });
  const answeredIn = await Promise.all(
    people.map((caller) => lobby.find(caller, { requestId: "1" }, always).then(() => turn)),
  );
  expect(new Set(answeredIn)).toEqual(new Set([0]));
  expect(sent.filter(({ event }) => event === "matched")).toHaveLength(500);
});

test("[T1] tickets are renewed every 30 s, for people in rooms only", async () => {
  const { lobby, sent, clock } = setUp();
  const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
  await come(lobby, "cid");
  await lobby.find(ann, { requestId: "1" }, always);
  await lobby.find(bob, { requestId: "2" }, always);
  const matched = sent.find((one) => one.event === "matched")?.body;
  const { room } = (matched ?? expect.fail("nobody was matched")) as { room: { roomId: string } };
  await lobby.ready(ann, "r1", room.roomId);
  await lobby.ready(bob, "r2", room.roomId);
  sent.length = 0;
  for (const after of [29_000, 1_000, 30_000]) {
    await lobby.touch([ann, bob]);
    await pass(clock, after);
  }
  const renewed = sent.filter((one) => one.event === "ticket");
  expect(renewed.map((one) => one.to)).toEqual(["ann", "bob", "ann", "bob"]);
  expect(new Set(renewed.map((one) => JSON.stringify(one.body))).size).toBe(4);
});

test("[T1] the tickets of many are renewed part by part, each once in 30 s", async () => {
  const { lobby, sent, clock } = setUp();
  for (let n = 0; n < 40; n += 1) {
    const caller = await come(lobby, `in-room-${n}`);
    await lobby.find(caller, { requestId: "1" }, always);
    await lobby.touch([caller]);
  }
  const matched = sent.filter(({ event }) => event === "matched");
  expect(matched).toHaveLength(40);
  const at: number[] = [];
  sent.length = 0;
  for (let second = 0; second < 9; second += 1) {
    await pass(clock, 1_000);
    at.push(sent.filter(({ event }) => event === "ticket").length);
  }
  expect(at.at(-1)).toBeGreaterThan(0);
  expect(Math.max(...at.map((count, n) => count - (at[n - 1] ?? 0)))).toBeLessThan(15);
});

test("[G4] the lobby carries out what falls due by itself, and sets no timer when nobody is there (I13, I20)", async () => {
  const { lobby, sent, clock, relay, membership, delivery } = setUp();
  const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
  await lobby.find(ann, { requestId: "1" }, always);
  await lobby.find(bob, { requestId: "2" }, always);
  await lobby.detach(ann, "dropped");
  await settle();
  await pass(clock, 1_000);
  expect(sent.at(-1)).toMatchObject({ to: "bob", event: "partner-away", body: { cause: "dropped" } });
  await pass(clock, 9_000);
  expect(sent.map((one) => one.event)).toContain("partner-left");
  await lobby.detach(bob, "bye");
  await settle();
  for (let turn = 0; turn < 32; turn += 1) await pass(clock, 60_000);
  expect(await lobby.stats()).toEqual({
    sessions: 0,
    online: 0,
    waiting: 0,
    rooms: 0,
    graces: 0,
    memories: 0,
    standings: 0,
  });
  expect(relay.counts()).toEqual({ rooms: 0, waitingSignals: 0, receivers: 0 });
  expect(membership.counts()).toEqual({ rooms: 0, members: 0, seats: 0 });
  expect(delivery.expected()).toBe(0);
  expect(clock.pending()).toBe(0);
});

test("[R12] [R10] [W9] a row of partners makes nobody read more than one of them may, with new negotiations neither", async () => {
  const { lobby, sent, clock } = setUp();
  const victim = await come(lobby, "victim");
  let refusals = 0;
  for (const name of ["eve", "mallory", "trudy", "oscar"]) {
    const villain = await come(lobby, name);
    await lobby.find(victim, { requestId: `for-${name}` }, always);
    await lobby.find(villain, { requestId: name }, always);
    const status = await lobby.status(villain);
    if (!status.ok || status.state.kind !== "in-room") throw new Error(JSON.stringify(status));
    const { roomId } = status.state.room;
    for (let generation = 1; generation <= 300; generation += 1) {
      const reply = await lobby.rebuild(villain, { requestId: `${name}-${generation}`, roomId, generation });
      if (reply.ok) continue;
      expect(reply.error).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
      refusals += 1;
    }
    await lobby.leave(villain, `${name}-left`);
  }
  expect(refusals).toBeGreaterThan(0);
  const words = sent.filter(({ to, event }) => to === "victim" && event === "partner-back");
  expect(JSON.stringify(words.map(({ body }) => body)).length).toBeLessThan(96 * 1024);
  await pass(clock, 1_000);
  const honest = await come(lobby, "honest");
  await lobby.find(victim, { requestId: "again" }, always);
  await lobby.find(honest, { requestId: "honest" }, always);
  const status = await lobby.status(honest);
  if (!status.ok || status.state.kind !== "in-room") throw new Error(JSON.stringify(status));
  const { roomId } = status.state.room;
  expect(await lobby.rebuild(honest, { requestId: "mine", roomId, generation: 1 })).toEqual({ ok: true });
});

test("[K5] relay only goes with the room's tickets, and filters its signals before and after a restart", async () => {
  const before = setUp();
  const [annId, bobId] = [newUserId(), newUserId()];
  const ann = await come(before.lobby, "ann", {}, annId);
  const bob = await come(before.lobby, "bob", {}, bobId);
  await before.lobby.find(ann, { requestId: "1", relayOnly: true }, always);
  await before.lobby.find(bob, { requestId: "2" }, always);
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
  expect(await lobby.find(ann, { requestId: "2" }, always)).toMatchObject({ ok: true });
  expect(log.lines.some((line) => line.level === "error")).toBe(true);
});

test("[W6] a ticket that cannot be signed costs nobody else the match, and no timer", async () => {
  const broken = setUp();
  const { lobby, sent, clock, log } = broken;
  const [ann, bob] = [await come(lobby, "ann"), await come(lobby, "bob")];
  const set = broken.signed.set.bind(broken.signed);
  broken.signed.set = () => {
    throw new TypeError("no key");
  };
  await lobby.find(ann, { requestId: "1" }, always);
  expect(await lobby.find(bob, { requestId: "2" }, always)).toMatchObject({ ok: true });
  broken.signed.set = set;
  expect(log.lines.some(({ level }) => level === "error")).toBe(true);
  // The deadline of `ready` is kept all the same.
  await pass(clock, 10_000);
  expect(sent.filter(({ event }) => event === "partner-left")).toHaveLength(2);
});
