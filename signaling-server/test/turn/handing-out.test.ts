import type { IceServer } from "@serendip/protocol";
import { steadyClock } from "@serendip/time";
import type { Coturn } from "@serendip/tooling/coturn";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createIceChecker } from "../../src/edge/turn/ice-checker.ts";
import { systemResolver } from "../../src/edge/turn/name-resolver.ts";
import { ADMIN, arrive, meet, serve, type TestServer, until } from "../app/page.ts";
import { freePort, SECRET, startCoturn } from "./coturn.ts";

const STUN_URLS = "stun:127.0.0.1:9";
let coturn: Coturn;
let server: TestServer;
let url: string;

beforeEach(async () => {
  coturn = await startCoturn();
  url = `turn:127.0.0.1:${coturn.port}?transport=tcp`;
  server = await serve({ STUN_URLS, TURN_URLS: url, TURN_SECRET: SECRET });
});
afterEach(() => server.stop());

const checker = createIceChecker({ clock: steadyClock(), withinMs: 3_000, resolver: systemResolver });
const turnIn = (servers: readonly IceServer[] = []) => servers.find(({ urls }) => urls.includes(url));
const handedOut = async (page: Awaited<ReturnType<typeof arrive>>) => {
  const reply = await page.request("ice-servers", {});
  return reply.ok ? turnIn(reply.ice.iceServers) : undefined;
};
const comeBack = ({ token, welcome }: Awaited<ReturnType<typeof arrive>>) => {
  const { sessionId, resumeSecret, epoch } = welcome;
  return arrive(server, {
    token,
    hello: { resume: { sessionId, resumeSecret, epoch, peerConnection: "alive" } },
  });
};
const verdicts = async () => {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const reply = await fetch(`${server.url}/debug/sessions`, { headers });
  return ((await reply.json()) as { turn: unknown }).turn;
};

test("[K2] [K19] [K20] TURN is for whoever calls or tries it, and what they get is taken by the TURN server", async () => {
  const idle = await arrive(server);
  expect(idle.welcome.ice).toBeUndefined();
  expect(turnIn(idle.welcome.iceServers)).toBeUndefined();
  expect(idle.welcome.iceServers).toEqual([{ urls: [STUN_URLS] }]);

  const asked = await handedOut(idle);
  const { username = "", credential = "" } = asked ?? {};
  expect(await checker.checkTurn(url, { username, credential })).toMatchObject({ state: "up" });

  const { a, inA, inB } = await meet(server);
  const [ofA, ofB] = [turnIn(inA.ice?.iceServers), turnIn(inB.ice?.iceServers)];
  // Of a network that is not known, each device has a name of its own.
  expect(ofA?.username?.split(":")[1]).not.toBe(ofB?.username?.split(":")[1]);
  expect(inA.ice?.expiresInMs).toBeGreaterThanOrEqual(600_000);
  const back = await comeBack(a);
  expect(turnIn(back.welcome.ice?.iceServers)).toMatchObject({ urls: ofA?.urls });
  expect(turnIn(back.welcome.ice?.iceServers)?.username?.split(":")[1]).toBe(ofA?.username?.split(":")[1]);
});

test("[K2] [K25] who waits in the queue has no account, and hears that a match will bring one", async () => {
  const waiting = await arrive(server);
  expect(waiting.welcome.relay).toBe("ok");
  await waiting.request("find", { requestId: "f" });
  const back = await comeBack(waiting);
  expect(back.welcome.state).toMatchObject({ kind: "queued" });
  expect(back.welcome.ice).toBeUndefined();
  expect(back.welcome.relay).toBe("ok");
  expect(turnIn(back.welcome.iceServers)).toBeUndefined();
});

test("[K24] whoever asks again and again without a partner gets no more accounts, and calls get theirs", async () => {
  const idle = await arrive(server);
  for (let n = 0; n < 10; n += 1) expect(await handedOut(idle)).toBeDefined();
  const reply = await idle.request("ice-servers", {});
  expect(reply).toMatchObject({ ok: false, error: { code: "rate_limited" } });
  const { retryAfterMs = 0 } = reply.ok ? {} : reply.error;
  expect(retryAfterMs).toBeGreaterThan(9_000);
  expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  expect(await handedOut(await arrive(server)), "another device").toBeDefined();
  const { a, inA } = await meet(server);
  expect(turnIn(inA.ice?.iceServers)).toBeDefined();
  for (let n = 0; n < 20; n += 1) expect(await handedOut(a)).toBeDefined();
});

test("[K20] [I20] nothing is remembered of people who have gone, and no secret is logged", async () => {
  const { a, b } = await meet(server);
  expect((await server.getStats()).iceSessions).toBe(2);
  for (const page of [a, b]) {
    await page.request("leave", { requestId: "leave" });
    page.close();
  }
  await server.empty();
  expect((await server.getStats()).iceSessions).toBe(0);
  expect(server.log.text()).not.toContain(SECRET);
  expect(server.log.text()).toContain("Configured 2 ICE servers");
});

test("[K4] [C52] a TURN server that dies is noticed within 10 s and not handed out until it is back", async () => {
  const page = await arrive(server);
  await until("its first check", () => server.log.text().includes("TURN server is up"));
  await coturn.stop();
  await until("it is known", () => server.log.text().includes("TURN server is down"), 10_000);
  expect(await handedOut(page)).toBeUndefined();
  expect(server.log.lines.filter(({ message }) => message === "TURN server is down")).toHaveLength(1);
  expect(await verdicts()).toEqual([
    expect.objectContaining({ url, verdict: expect.objectContaining({ state: "down", why: "unreachable" }) }),
  ]);
  expect(await page.request("find", { requestId: "f", relayOnly: true })).toMatchObject({
    ok: false,
    error: { code: "relay_unavailable" },
  });
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

  await startCoturn({ port: coturn.port });
  const ups = () => server.log.lines.filter(({ message }) => message === "TURN server is up").length;
  await until("it is known to be back", () => ups() === 2, 10_000);
  expect(await handedOut(page)).toBeDefined();
  expect(await page.request("find", { requestId: "g", relayOnly: true })).toMatchObject({ ok: true });
});

test("[K4] a server whose TURN server hangs is stopped at once", async () => {
  const silent = await serve({ TURN_URLS: `turn:192.0.2.1:${await freePort()}`, TURN_SECRET: SECRET });
  const startedAt = performance.now();
  await silent.stop();
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});
