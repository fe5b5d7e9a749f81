import { afterEach, beforeEach, expect, test } from "vitest";
import {
  arrive,
  hello,
  meet,
  mint,
  offer,
  openSocket,
  refusalOf,
  serve,
  type TestServer,
  until,
} from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const claimsOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString());

test("[W2] an accepted hello is confirmed by one welcome, the first event (C18, C75)", async () => {
  const { token } = await mint(server);
  const page = await arrive(server, { token });
  await page.request("status", {});
  expect(page.heard.map((one) => one.event)).toEqual(["welcome"]);
  expect(page.welcome).toMatchObject({ epoch: 1, resumed: false, state: { kind: "idle" } });
  expect(page.welcome.sessionId).toMatch(/^[A-Za-z0-9_-]{1,100}$/);
  expect(page.welcome.tokenExpiresInMs).toBeGreaterThan(295_000);
  expect(claimsOf(token).sub).toMatch(UUID);
  page.close();
  await server.empty();
});

test("[M1] [M3] two people who look for somebody meet, both told at once and once (C9, C46, C49)", async () => {
  const a = await arrive(server);
  const b = await arrive(server);
  const waiting = await a.request("find", { requestId: "one" });
  expect(waiting).toEqual({
    ok: true,
    state: { kind: "queued", requestId: "one" },
    crowd: { online: 2, waiting: 1 },
  });
  expect(await a.request("status", {})).toMatchObject({ ok: true, position: 1, state: { kind: "queued" } });
  await b.request("find", { requestId: "two" });
  const [inA, inB] = [await a.next("matched"), await b.next("matched")];
  expect(inA.room).toMatchObject({ generation: 1, partner: "present", requestId: "one" });
  expect(inB.room).toMatchObject({ roomId: inA.room.roomId, requestId: "two" });
  expect([inA.room.role, inB.room.role].sort()).toEqual(["initiator", "responder"]);
  await a.request("status", {});
  expect([a.count("matched"), b.count("matched")]).toEqual([1, 1]);
  expect(server.log.lines.map((line) => line.message)).toContain("User matched with partner in room");
});

test("[T1] a match comes with a ticket that names the two", async () => {
  const { inA, inB } = await meet(server);
  const [a, b] = [claimsOf(inA.ticket ?? ""), claimsOf(inB.ticket ?? "")];
  expect(a).toMatchObject({
    room: inA.room.roomId,
    me: b.partner,
    partner: b.me,
    generation: 1,
    requestId: "find-a",
  });
  expect(a.exp - a.iat).toBeCloseTo(120);
});

test("[M1] nobody is told of more people who wait than there are people", async () => {
  const gone = await arrive(server);
  await gone.request("find", { requestId: "gone" });
  gone.drop();
  await until("it is missed", async () => (await server.getStats()).graces === 1);
  const b = await arrive(server);
  expect(await b.request("find", { requestId: "one" })).toMatchObject({ crowd: { online: 1, waiting: 1 } });
});

test("[M2] a person who presses twice, or searches in two tabs, meets nobody (C10)", async () => {
  const { token } = await mint(server);
  const first = await arrive(server, { token });
  await Promise.all([first.request("find", { requestId: "1" }), first.request("find", { requestId: "2" })]);
  const second = await arrive(server, { token });
  await second.request("find", { requestId: "3" });
  expect(await second.request("status", {})).toMatchObject({
    state: { kind: "queued" },
    crowd: { online: 1 },
  });
  expect(second.count("matched")).toBe(0);
  expect((await first.next("bye")).code).toBe("superseded");
});

test("[R2] signals reach the partner verbatim, in order, and nobody else", async () => {
  const { a, b, roomId } = await meet(server);
  const c = await arrive(server);
  const sdp = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\na=fingerprint:sha-256 "\\\t~\r\n';
  const envelopes = [
    offer(roomId, 1, sdp),
    {
      roomId,
      generation: 1,
      sequence: 2,
      signal: {
        kind: "candidate",
        candidate: {
          candidate: "candidate:1 1 udp 1 host 5 \u00e4\u{1F600}",
          sdpMid: "0",
          sdpMLineIndex: 0,
          usernameFragment: null,
        },
      },
    },
  ] as const;
  const replies = await Promise.all(envelopes.map((envelope) => a.request("signal", envelope)));
  expect(replies).toEqual([{ ok: true }, { ok: true }]);
  expect([await b.next("signal"), await b.next("signal")]).toEqual(envelopes);
  expect(await c.request("signal", offer(roomId, 1))).toMatchObject({
    ok: false,
    error: { code: "not_in_room" },
  });
  await b.request("status", {});
  expect([a.count("signal"), b.count("signal"), c.count("signal")]).toEqual([0, 2, 0]);
});

test("[R3] [R4] repeated, skipped, foreign and outdated signals are told apart and reach nobody", async () => {
  const { a, b, roomId } = await meet(server);
  expect(await a.request("signal", offer(roomId, 1))).toEqual({ ok: true });
  expect(await a.request("signal", offer(roomId, 1))).toEqual({ ok: true });
  expect(await a.request("signal", offer(roomId, 3))).toMatchObject({ error: { code: "bad_sequence" } });
  expect(await a.request("signal", offer("elsewhere", 2))).toMatchObject({ error: { code: "not_in_room" } });
  await b.request("find", { requestId: "away" });
  expect(await a.request("signal", offer(roomId, 2))).toMatchObject({ error: { code: "not_in_room" } });
  expect(b.count("signal")).toBe(1);
});

test("[M4] [G1] a search in a room leaves it first; the partner hears it once, the finder gets no error (C31)", async () => {
  const { a, b, roomId } = await meet(server);
  expect(await a.request("find", { requestId: "next" })).toMatchObject({
    ok: true,
    state: { kind: "queued" },
  });
  expect(await b.next("partner-left")).toEqual({ roomId, reason: "next" });
  await b.request("status", {});
  expect(b.count("partner-left")).toBe(1);
  expect(server.log.lines.map((line) => line.message)).toContain("User already in room, cleaning up first");
});

test("[G1] a person who leaves on purpose is gone at once, by leave and by closing (C6, C33)", async () => {
  const one = await meet(server);
  await one.a.request("leave", { requestId: "bye" });
  expect(await one.b.next("partner-left")).toMatchObject({ reason: "left" });
  const two = await meet(server);
  two.a.close();
  expect(await two.b.next("partner-left")).toMatchObject({ reason: "left" });
  expect(two.b.count("partner-away")).toBe(0);
  for (const page of [one.a, one.b, two.b]) page.close();
  await server.empty();
});

test("[C7] only a connection with an accepted hello is heard", async () => {
  const socket = openSocket(server, { protocol: 1, tabId: "t" });
  expect(await refusalOf(socket)).toMatchObject({ code: "token_missing" });
  const forged = openSocket(server, hello("not.a.token"));
  expect(await refusalOf(forged)).toMatchObject({ code: "token_invalid" });
  expect(await server.getStats()).toMatchObject({ totalUsers: 0, waiting: 0 });
});

test("[G2] a connection that is cut without a goodbye keeps its place for the grace (C34)", async () => {
  await server.stop();
  server = await serve({ GRACE_DROPPED_ROOM_MS: "300", AWAY_DEBOUNCE_MS: "20" });
  const { a, b, roomId } = await meet(server);
  a.drop();
  expect(await b.next("partner-away")).toMatchObject({ roomId, cause: "dropped" });
  expect(await b.next("partner-left")).toEqual({ roomId, reason: "left" });
  expect(server.log.lines.map((line) => line.message)).toContain("Giving user grace period");
  b.close();
  await server.empty();
});

test("[S7] [R6] who comes back within the grace is in the same room and gets what was sent meanwhile (C29)", async () => {
  const { a, b, roomId } = await meet(server);
  const { sessionId, resumeSecret, epoch } = b.welcome;
  b.drop();
  await until("b is gone", async () => (await server.getStats()).graces === 1);
  for (const sequence of [1, 2, 3])
    expect(await a.request("signal", offer(roomId, sequence))).toEqual({ ok: true });
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const back = await arrive(server, { token: b.token, hello: { resume } });
  expect(back.welcome).toMatchObject({
    resumed: true,
    epoch: 2,
    state: { kind: "in-room", room: { roomId, generation: 1 } },
  });
  expect(back.welcome.ticket).toBeDefined();
  for (const sequence of [1, 2, 3]) expect(await back.next("signal")).toEqual(offer(roomId, sequence));
  expect(back.heard[0]?.event).toBe("welcome");
  expect(server.log.lines.map((line) => line.message)).toContain("User reconnected successfully");
});

test("[R6] [R13] too much for an absent partner raises the generation instead of losing it", async () => {
  const { a, b, roomId } = await meet(server);
  b.drop();
  await until("b is gone", async () => (await server.getStats()).graces === 1);
  for (let sequence = 1; sequence <= 64; sequence += 1) await a.request("signal", offer(roomId, sequence));
  expect(await a.request("signal", offer(roomId, 65))).toMatchObject({
    error: { code: "partner_unreachable" },
  });
  const { sessionId, resumeSecret, epoch } = b.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const back = await arrive(server, { token: b.token, hello: { resume } });
  expect(back.welcome.state).toMatchObject({ room: { roomId, generation: 2 } });
  expect(await a.next("partner-back")).toMatchObject({ roomId, generation: 2 });
  await back.request("status", {});
  expect(back.count("signal")).toBe(0);
  expect(await a.request("signal", offer(roomId, 65))).toMatchObject({ error: { code: "stale_generation" } });
  expect(await a.request("signal", { ...offer(roomId, 1), generation: 2 })).toEqual({ ok: true });
  expect(await back.next("signal")).toMatchObject({ generation: 2, sequence: 1 });
});

test("[S4] the same tab again takes over silently: one connection, state kept (C1, C12, C13)", async () => {
  const { a, b, roomId } = await meet(server);
  const { sessionId, resumeSecret, epoch } = a.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const again = await arrive(server, { token: a.token, hello: { resume } });
  expect(await a.next("bye")).toEqual({ code: "session_resumed", reconnect: "now" });
  await until("the old connection is closed", () => a.closed() !== undefined);
  expect(again.welcome).toMatchObject({ resumed: true, state: { room: { roomId } } });
  expect(await server.getStats()).toMatchObject({ totalUsers: 2, totalSockets: 2, totalRooms: 1 });
  expect(b.count("partner-left") + b.count("partner-away")).toBe(0);
  expect(server.log.lines.map((line) => line.message)).toContain("Closing existing connection");
});

test("[G2] a page that said it unloads has the short grace, whatever the connection's end looks like (C38)", async () => {
  const { a, b } = await meet(server);
  expect(await a.request("unloading", {})).toEqual({ ok: true });
  a.drop();
  expect(await b.next("partner-away")).toMatchObject({ cause: "unload" });
});

test("[G2] a page that was to be unloaded and goes on after all has the long grace again (C38)", async () => {
  const { a, b } = await meet(server);
  await a.request("unloading", {});
  await a.request("status", {});
  a.drop();
  expect(await b.next("partner-away")).toMatchObject({ cause: "dropped" });
});

test("[T2] after a restart both tickets make the same room again, and signals go on where they were (I22)", async () => {
  const { a, b, roomId, inA, inB } = await meet(server);
  for (const sequence of [1, 2]) await a.request("signal", offer(roomId, sequence));
  await server.stop();
  server = await serve();
  const ticketOf = (ticket: string | undefined) => (ticket === undefined ? {} : { ticket });
  const resume = (page: typeof a) => {
    const { sessionId, resumeSecret, epoch } = page.welcome;
    return { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  };
  const again = await arrive(server, {
    token: a.token,
    hello: { resume: resume(a), ...ticketOf(inA.ticket) },
  });
  expect(again.welcome).toMatchObject({ resumed: false, state: { room: { roomId, partner: "away" } } });
  expect(await again.request("signal", offer(roomId, 3))).toEqual({ ok: true });
  const partner = await arrive(server, {
    token: b.token,
    hello: { resume: resume(b), ...ticketOf(inB.ticket) },
  });
  expect(partner.welcome).toMatchObject({ state: { room: { roomId, generation: 1, partner: "present" } } });
  expect(claimsOf(partner.welcome.ticket ?? "")).toMatchObject({ room: roomId });
  expect(await partner.next("signal")).toEqual(offer(roomId, 3));
  expect(await again.next("partner-back")).toMatchObject({ roomId, generation: 1 });
  expect(await partner.request("signal", offer(roomId, 7))).toEqual({ ok: true });
  expect(await again.next("signal")).toEqual(offer(roomId, 7));
});
