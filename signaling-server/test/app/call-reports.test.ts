import type { CallReport } from "@serendip/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ADMIN, arrive, meet, mint, NO_HURRY, offer, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve(NO_HURRY);
});
afterEach(() => server.stop());

const about = (roomId: string, change: Partial<CallReport> = {}): CallReport => ({
  roomId,
  outcome: "connected",
  ice: "turn",
  firstMediaMs: 640,
  talkedMs: 12_000,
  route: { local: "relay", remote: "srflx", protocol: "tls" },
  recovered: { byItself: 1, byRestart: 0, byRebuild: 0 },
  end: "next",
  ...change,
});

const ask = (headers: Record<string, string> = { authorization: `Bearer ${ADMIN}` }) =>
  fetch(`${server.url}/debug/calls`, { headers });
const overview = async () => JSON.parse(await (await ask()).text());
const NOT_IN_ROOM = { ok: false, error: { code: "not_in_room" } };

test("[H2] [C60] [C62] both sides of a call are counted, in the totals, in the window and for the operator", async () => {
  const { a, b, roomId } = await meet(server);
  expect(await a.request("call-report", about(roomId))).toEqual({ ok: true });
  await a.request("leave", { requestId: "leave" });
  await b.next("partner-left");
  expect(await b.request("call-report", about(roomId, { end: "partner-left" }))).toEqual({ ok: true });
  const page = await overview();
  for (const figures of [page.totals, page.window])
    expect(figures).toMatchObject({
      reports: 2,
      connected: 2,
      successRate: 1,
      routes: { "relayed-tls": 2 },
      relayedShare: 1,
      recovered: { byItself: 2 },
      firstMedia: { count: 2, meanMs: 640 },
      sessionErrors: { hellos: 2, count: 0, perHello: 0 },
    });
  expect(page).toMatchObject({ alerts: [], window: { minutes: 10 } });
  expect((await server.getStats()).calls).toEqual({ connected: 2, failed: 0, abandoned: 0 });
});

test("[H2] [C81] the page of the calls is the operator's alone, and holds no id and no address", async () => {
  const { a, b, roomId } = await meet(server);
  await a.request("call-report", about(roomId));
  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: `Bearer ${ADMIN}x` })).status).toBe(401);
  const text = await (await ask()).text();
  const secrets = [roomId, a.welcome.sessionId, b.welcome.sessionId, a.token, "127.0.0.1"];
  for (const secret of secrets) expect(text).not.toContain(secret);
  const line = server.log.lines.find(({ message }) => message === "Call ended");
  expect(line?.fields).toMatchObject({ outcome: "connected", route: "relayed-tls" });
  for (const secret of secrets) expect(JSON.stringify(line)).not.toContain(secret);
});

test("[H2] a thousand reports of one room count once, and those of a foreign room not at all", async () => {
  const { a, roomId } = await meet(server);
  const villain = await arrive(server);
  const reply = await Promise.all(
    Array.from({ length: 1_000 }, () => a.request("call-report", about(roomId, { outcome: "failed" }))),
  );
  expect(reply.every(({ ok }) => ok)).toBe(true);
  expect(await villain.request("call-report", about(roomId))).toMatchObject(NOT_IN_ROOM);
  expect(await a.request("call-report", about("no-such-room"))).toMatchObject(NOT_IN_ROOM);
  expect((await server.getStats()).calls).toEqual({ connected: 0, failed: 1, abandoned: 0 });
});

test("[H2] [S6] a session that has moved to a newer socket reports there, once", async () => {
  const { a, roomId } = await meet(server);
  const { sessionId, resumeSecret, epoch } = a.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const later = await arrive(server, { token: a.token, hello: { resume } });
  await until("the older page is closed", () => a.closed() !== undefined);
  expect(await later.request("call-report", about(roomId))).toEqual({ ok: true });
  expect((await server.getStats()).calls.connected).toBe(1);
});

test.each([
  ["nothing", {}],
  ["an outcome that does not exist", about("r", { outcome: "splendid" as "failed" })],
  ["a time below zero", about("r", { firstMediaMs: -1 })],
  ["a time without end", { ...about("r"), talkedMs: 1e300 }],
  ["a million recoveries", about("r", { recovered: { byItself: 1e6, byRestart: 0, byRebuild: 0 } })],
  ["an address for a candidate", { ...about("r"), route: { local: "10.0.0.1", remote: "host" } }],
])("[W4] [H2] a report with %s is refused and counted nowhere", async (_what, body) => {
  const page = await arrive(server);
  expect(await page.request("call-report", body as CallReport)).toMatchObject({
    ok: false,
    error: { code: "bad_request" },
  });
  expect((await overview()).totals.reports).toBe(0);
});

test("[G2] a last report does not make a page stay that said it is going", async () => {
  const { a, b, roomId } = await meet(server);
  await a.request("unloading", {});
  await a.request("call-report", about(roomId));
  a.drop();
  expect(await b.next("partner-away")).toMatchObject({ cause: "unload" });
});

test("[H3] [C63] behind a proxy one stranger's failures raise no alert, and the operator is told that none would be", async () => {
  // Each side says that it is of another device, as anybody can; the proxy's address says nothing of either.
  const one = async () => {
    const { token } = await mint(server, { deviceGroup: crypto.randomUUID() });
    return arrive(server, { token });
  };
  for (let n = 0; n < 11; n += 1) {
    const [a, b] = [await one(), await one()];
    for (const page of [a, b]) await page.request("find", { requestId: "find" });
    const { roomId } = (await a.next("matched")).room;
    for (const page of [a, b]) await page.request("signal", offer(roomId, 1));
    for (const page of [a, b]) {
      expect(await page.request("call-report", about(roomId, { outcome: "failed" }))).toEqual({ ok: true });
    }
    for (const page of [a, b]) page.close();
  }
  expect(await overview()).toMatchObject({ totals: { failed: 22 }, alerts: [{ code: "calls-unjudged" }] });
  const alerts = server.log.lines.filter(({ message }) => message.startsWith("Alert"));
  expect(alerts).toMatchObject([{ level: "warn", fields: { code: "calls-unjudged" } }]);
});

test("[C63] a TURN server that cannot be used is an alert, on the page and in the log, before anybody's call fails", async () => {
  await server.stop();
  // Nobody listens on port 9 (discard).
  server = await serve({
    TURN_URLS: "turn:127.0.0.1:9?transport=tcp",
    TURN_SECRET: "only-for-this-test-0123456789",
  });
  // Without anybody asking.
  const alertLines = () => server.log.lines.filter(({ message }) => message.startsWith("Alert"));
  await until("the alert", () => alertLines().length > 0, 10_000);
  expect((await overview()).alerts).toMatchObject([{ code: "turn-failing" }]);
  const lines = alertLines();
  expect(lines).toMatchObject([{ level: "warn", fields: { code: "turn-failing", figure: 1, limit: 0 } }]);
});
