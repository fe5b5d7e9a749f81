import { HealthReply } from "@serendip/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PortTaken, startServer } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { ADMIN, arrive, keptLog, meet, ORIGIN, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { headers });
const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });

test("[H1] alive and ready", async () => {
  const [alive, ready] = [await get("/healthz"), await get("/readyz")];
  expect([alive.status, ready.status]).toEqual([200, 200]);
  expect(HealthReply.parse(await ready.json())).toEqual({
    status: "ok",
    checks: { store: "ok", accepting: "ok", room: "ok", loop: "ok" },
    relay: "none",
  });
});

test("[C80] [C81] the debug page shows people, rooms and graces to the operator only, without tokens or addresses", async () => {
  const { a, b, roomId } = await meet(server);
  const waiting = await arrive(server);
  await waiting.request("find", { requestId: "w" });
  b.drop();
  await until("the grace", async () => (await server.getStats()).graces === 1);
  expect((await get("/debug/sessions")).status).toBe(401);
  expect((await get("/debug/sessions", { authorization: `Bearer ${ADMIN}x` })).status).toBe(401);
  const answer = await get("/debug/sessions", { authorization: `Bearer ${ADMIN}` });
  const text = await answer.text();
  const page = JSON.parse(text);
  expect(page.stats).toMatchObject({ totalUsers: 3, totalRooms: 1, totalSockets: 2, waiting: 1, graces: 1 });
  expect(page.rooms).toMatchObject([{ roomId, phase: "in-call" }]);
  expect(page.standing).toEqual({ neutral: 3, doubtful: 0, low: 0 });
  expect(page.sessions.find((one: { connected: boolean }) => !one.connected).graceUntil).toBeGreaterThan(
    Date.now(),
  );
  expect(new Date(page.at).getTime()).toBeCloseTo(Date.now(), -4);
  for (const secret of [a.token, a.welcome.resumeSecret, "127.0.0.1"]) expect(text).not.toContain(secret);
});

test("[C81] without an admin token there is no debug page", async () => {
  await server.stop();
  server = await serve({ ADMIN_TOKEN: "" });
  expect((await get("/debug/sessions", { authorization: "Bearer " })).status).toBe(404);
});

test("[S1] [W7] pages of the listed origins may ask for a token across origins; no other page gets one", async () => {
  const fine = await post("{}", { origin: ORIGIN });
  expect(fine.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  for (const origin of ["https://evil.example", `${ORIGIN}.evil.example`, "null"]) {
    const foreign = await post("{}", { origin });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
    expect(await foreign.json()).toMatchObject({ code: "bad_request" });
    const refused = server.log.lines.filter(({ message }) => message === "Connection refused");
    expect(refused.at(-1)?.fields).toMatchObject({ status: 403, origin, network: "127.0.0.0/24" });
  }
  // Nothing but a browser has an Origin to show.
  expect((await post("{}")).status).toBe(200);
  const preflight = await fetch(`${server.url}/v1/sessions`, {
    method: "OPTIONS",
    headers: {
      origin: ORIGIN,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    },
  });
  expect(preflight.headers.get("access-control-allow-headers")).toMatch(/authorization/);
  expect(fine.headers.get("cache-control")).toBe("no-store");
});

test.each([
  ["no JSON", "{", 400, "bad_request"],
  ["no object", "[1]", 400, "bad_request"],
  ["nothing in it", "null", 400, "bad_request"],
  ["a device that is no UUID", '{"deviceGroup":"x"}', 400, "bad_request"],
  ["a prototype", '{"__proto__":{"deviceGroup":1}}', 400, "bad_request"],
  ["too much", JSON.stringify({ deviceGroup: "x".repeat(10_000) }), 413, "too_large"],
])("[W4] a request for a token with %s gets a typed error (C76)", async (_what, body, status, code) => {
  const answer = await post(body);
  expect(answer.status).toBe(status);
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ code, message: expect.any(String) });
  expect(text).not.toMatch(/node_modules|\.ts:|\.js:/);
  expect((await get("/healthz")).status).toBe(200);
});

test("[W4] a request for a token whose body is packed is refused, not read as if it were plain (C76)", async () => {
  for (const encoding of ["gzip", "deflate", "br", "x-unknown"]) {
    const answer = await post("{}", { "content-encoding": encoding });
    expect(answer.status, encoding).toBe(400);
    expect(await answer.json()).toMatchObject({ code: "bad_request" });
  }
  expect((await post("{}", { "content-encoding": "identity" })).status).toBe(200);
});

test.each(["/v1/sessions", "/healthz", "/debug/sessions", "/nowhere"])(
  "[W14] a secret in the query of %s is refused and not logged",
  async (path) => {
    for (const field of ["token", "access_token", "ticket", "resumeSecret"]) {
      const url = `${server.url}${path}?x=1&${field}=do-not-log-me`;
      const answer = await fetch(url, { method: path === "/v1/sessions" ? "POST" : "GET" });
      expect(answer.status, field).toBe(400);
      expect(await answer.json()).toMatchObject({ code: "bad_request" });
    }
    expect(server.log.text()).not.toContain("do-not-log-me");
  },
);

test("[E1] an address that cannot be read gets a typed error that does not repeat it", async () => {
  const answer = await get("/%E0%A4%A");
  expect(answer.status).toBe(400);
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({ code: "bad_request" });
  expect(text).not.toContain("%E0");
});

test("[E1] an unknown address gets a typed error", async () => {
  const answer = await get("/nowhere?q=abc");
  expect(await answer.clone().json()).toEqual({ code: "bad_request", message: "There is no such address." });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: "bad_request" });
  expect(server.log.text()).not.toContain("abc");
});

test("no token, secret, session description or address is logged, whatever happens in a call", async () => {
  const { a, b, roomId, inA } = await meet(server);
  await a.request("signal", {
    roomId,
    generation: 1,
    sequence: 1,
    signal: { kind: "offer", sdp: "v=0 fingerprint-of-ann" },
  });
  await b.next("signal");
  a.drop();
  b.close();
  await until("both are gone", async () => (await server.getStats()).totalSockets === 0);
  const secrets = [a.token, a.welcome.resumeSecret, inA.ticket ?? "-", "fingerprint-of-ann", "127.0.0.1"];
  for (const secret of secrets) expect(server.log.text()).not.toContain(secret);
});

test("[C80] [C84] the log tells when somebody came, from which network, and for how long (C38)", async () => {
  const page = await arrive(server);
  page.close();
  await until("the page is gone", async () => (await server.getStats()).totalSockets === 0);
  const { sessionId } = page.welcome;
  const fieldsOf = (message: string) => server.log.lines.find((line) => line.message === message)?.fields;
  expect(fieldsOf("Client connected. Total clients: 1")).toMatchObject({
    sessionId,
    network: "127.0.0.0/24",
  });
  expect(fieldsOf("Client disconnected. Total clients: 0")).toMatchObject({
    sessionId,
    reason: "client namespace disconnect",
    cause: "bye",
    connectedMs: expect.any(Number),
  });
});

test("[C90] a taken port is said in words that name PORT", async () => {
  const reading = loadConfig({
    PORT: String(server.port),
    SESSION_SECRET: "only-for-this-test-0123456789abcd",
  });
  if (!reading.ok) throw new Error(reading.faults.map(({ sentence }) => sentence).join());
  const second = startServer(reading.config, { log: keptLog() });
  await expect(second).rejects.toThrow(PortTaken);
  await expect(second).rejects.toThrow(/PORT=/);
});

test("[W8] a stopping server says bye, takes nobody any more, and leaves nobody without a word (C39)", async () => {
  const { a, b } = await meet(server);
  const stopped = server.stop();
  const [inA, inB] = [await a.next("bye"), await b.next("bye")];
  expect(inA).toMatchObject({ code: "draining", reconnect: "after" });
  expect(inB).toMatchObject({ code: "draining" });
  await stopped;
  await until("both are closed", () => a.closed() !== undefined && b.closed() !== undefined);
  await expect(get("/healthz")).rejects.toThrow();
});
