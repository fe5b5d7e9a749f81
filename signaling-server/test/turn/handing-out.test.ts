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
const verdicts = async () => {
  const headers = { authorization: `Bearer ${ADMIN}` };
  const reply = await fetch(`${server.url}/debug/sessions`, { headers });
  return ((await reply.json()) as { turn: unknown }).turn;
};

test("[K2] [K19] [K20] TURN is for whoever searches, calls or asks, and what they get is taken by the TURN server", async () => {
  const idle = await arrive(server);
  expect(idle.welcome.ice).toBeUndefined();
  expect(turnIn(idle.welcome.iceServers)).toBeUndefined();
  expect(idle.welcome.iceServers).toEqual([{ urls: [STUN_URLS] }]);

  const asked = await handedOut(idle);
  const { username = "", credential = "" } = asked ?? {};
  expect(await checker.checkTurn(url, { username, credential })).toMatchObject({ state: "up" });
  expect(await handedOut(idle)).toEqual(asked);

  const { a, inA, inB } = await meet(server);
  const [ofA, ofB] = [turnIn(inA.ice?.iceServers), turnIn(inB.ice?.iceServers)];
  expect(ofA?.username).not.toBe(ofB?.username);
  expect(inA.ice?.expiresInMs).toBeGreaterThan(590_000);
  const { sessionId, resumeSecret, epoch } = a.welcome;
  const hello = { resume: { sessionId, resumeSecret, epoch, peerConnection: "alive" } } as const;
  const back = await arrive(server, { token: a.token, hello });
  expect(turnIn(back.welcome.ice?.iceServers)).toEqual(ofA);
});

test("[K20] [I20] nothing is remembered of people who have gone, and no secret is logged", async () => {
  const { a, b } = await meet(server);
  expect((await server.getStats()).turnAccounts).toBe(2);
  for (const page of [a, b]) {
    await page.request("leave", { requestId: "leave" });
    page.close();
  }
  await server.empty();
  expect((await server.getStats()).turnAccounts).toBe(0);
  expect(server.log.text()).not.toContain(SECRET);
  expect(server.log.text()).toContain("Configured 2 ICE servers");
});

test("[K4] [C52] a TURN server that dies is noticed within 10 s and not handed out until it is back", async () => {
  const page = await arrive(server);
  await until("its first check", () => server.log.text().includes("TURN server is up"));
  await coturn.stop();
  await until("it is not handed out", async () => (await handedOut(page)) === undefined, 10_000);
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
  await until("it is handed out again", async () => (await handedOut(page)) !== undefined, 10_000);
  expect(await page.request("find", { requestId: "g", relayOnly: true })).toMatchObject({ ok: true });
});

test("[K4] a server whose TURN server hangs is stopped at once", async () => {
  const silent = await serve({ TURN_URLS: `turn:192.0.2.1:${await freePort()}`, TURN_SECRET: SECRET });
  const startedAt = performance.now();
  await silent.stop();
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});
