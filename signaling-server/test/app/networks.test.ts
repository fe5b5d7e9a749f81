import { MintReply, PAGE_HEADER } from "@serendip/protocol";
import { expect, onTestFinished, test } from "vitest";
import {
  arrive,
  hello,
  meet,
  mint,
  ORIGIN,
  offer,
  openSocket,
  pageOf,
  refusalOf,
  serve,
  until,
} from "./page.ts";
import { dial, head, upgradeTo, WS_PATH } from "./raw.ts";

async function serving(...args: Parameters<typeof serve>) {
  const server = await serve(...args);
  onTestFinished(() => server.stop());
  return server;
}

const fromAddress = (address: string) => ({ extraHeaders: { origin: ORIGIN, "x-forwarded-for": address } });
const POLLING = { transports: ["polling"], upgrade: false };

test("[N5] 300 people behind one address who come together, each with a token, two lines and looks at /readyz, hear of no limit", async () => {
  const server = await serving({ TRUST_PROXY: "0" });
  const statuses = new Set<number>();
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(server.url + path, init);
    statuses.add(response.status);
    return response.text();
  };
  const preflight = {
    method: "OPTIONS",
    headers: { origin: ORIGIN, "access-control-request-method": "POST" },
  };
  const everybody = Array.from({ length: 300 });
  const tokens = await Promise.all(
    everybody.map(async () => {
      for (let n = 0; n < 4; n += 1) await ask("/readyz");
      await ask("/v1/sessions", preflight);
      await ask("/socket.io/?EIO=4&transport=polling", { headers: { origin: ORIGIN } });
      return (await mint(server)).token;
    }),
  );
  const pages = tokens.map((token) => pageOf(openSocket(server, hello(token))));
  await until("all are welcome", () => pages.every((page) => page.count("welcome") === 1), 40_000);
  expect([...statuses].sort()).toEqual([200, 204]);
  for (const [n, page] of pages.entries()) void page.request("find", { requestId: `find-${n}` });
  await until("all have met", () => pages.every((page) => page.count("matched") > 0), 40_000);
  for (const page of pages) page.close();
  expect(server.log.text()).not.toContain("turned away");
}, 120_000);

test("[N4] LIMITS_NETWORK_PEOPLE and LIMITS_PERCENT turn down what a network may ask for before it is known who asks", async () => {
  const server = await serving({ TRUST_PROXY: "0", LIMITS_NETWORK_PEOPLE: "1", LIMITS_PERCENT: "10" });
  const statuses = await Promise.all(
    Array.from(
      { length: 300 },
      async () => (await fetch(`${server.url}/readyz`).catch(() => undefined))?.status,
    ),
  );
  expect(statuses).toContain(200);
  expect(statuses).toContain(429);
});

test("[N5] a call over polling goes on while its network is turned away", async () => {
  const doorRules = { points: { burst: 60, perSecond: 0.01 }, answers: { burst: 5, perSecond: 1 } };
  const server = await serving({ TRUST_PROXY: "0" }, { doorRules });
  const [a, b] = [await arrive(server, { options: POLLING }), await arrive(server, { options: POLLING })];
  await a.request("find", { requestId: "1" });
  await b.request("find", { requestId: "2" });
  const { room } = await a.next("matched");
  let last = 200;
  while (last === 200) last = (await fetch(`${server.url}/readyz`)).status;
  expect(last).toBe(429);
  for (let n = 1; n <= 60; n += 1) {
    expect(await a.request("signal", offer(room.roomId, n))).toEqual({ ok: true });
    expect(await b.next("signal")).toEqual(offer(room.roomId, n));
  }
  await expect(mint(server)).rejects.toThrow("rate_limited");
});

test.each([
  ["a WebSocket", { transports: ["websocket"] }],
  ["polling", POLLING],
])(
  "[N2] behind a proxy the network of who comes over %s is the person's own, also in the log",
  async (_what, options) => {
    const server = await serving({ TRUST_PROXY: "loopback" });
    const headers = { "x-forwarded-for": "203.0.113.77" };
    const minted = await fetch(`${server.url}/v1/sessions`, { method: "POST", headers });
    const { token } = MintReply.parse(await minted.json());
    const lying = fromAddress("6.6.6.6, 203.0.113.77");
    const page = await arrive(server, { token, options: { ...options, ...lying } });
    page.close();
    await server.empty();
    const said = server.log.lines.filter(({ fields }) => "network" in fields);
    expect(said.map(({ message }) => message)).toContain("Token validation");
    expect(new Set(said.map(({ fields }) => fields["network"]))).toEqual(new Set(["203.0.113.0/24"]));
  },
);

test("[N3] a proxy without TRUST_PROXY is a warning, once, and nobody is limited", async () => {
  const server = await serving({ MAX_CONNECTIONS_PER_NETWORK: "1" });
  const options = fromAddress("203.0.113.77");
  const pages = [await arrive(server, { options }), await arrive(server, { options })];
  expect(pages.map(({ closed }) => closed())).toEqual([undefined, undefined]);
  const warnings = server.log.lines.filter(({ message }) => message.includes("TRUST_PROXY"));
  expect(warnings).toMatchObject([{ message: expect.stringContaining("TRUST_PROXY is not set") }]);
});

test("[N3] without a proxy nothing is said", async () => {
  const server = await serving();
  await meet(server);
  expect(server.log.text()).not.toContain("TRUST_PROXY");
});

const reloaded = (page: Awaited<ReturnType<typeof arrive>>) => ({
  sessionId: page.welcome.sessionId,
  resumeSecret: page.welcome.resumeSecret,
  epoch: 1,
  peerConnection: "alive" as const,
});

test("[N6] a full server tells newcomers so in every way, takes back who was here, and has room again when one goes", async () => {
  const server = await serving({ MAX_CONNECTIONS: "2" });
  const spare = (await mint(server)).token;
  const { a, b, roomId } = await meet(server);
  const health = async () => {
    const response = await fetch(`${server.url}/readyz`);
    return [response.status, await response.json()];
  };
  expect(await health()).toMatchObject([
    503,
    { status: "unavailable", checks: { store: "ok", room: "failed" } },
  ]);

  const refusal = await refusalOf(openSocket(server, hello(spare)));
  expect(refusal).toMatchObject({ code: "server_full" });
  const { retryAfterMs = 0 } = typeof refusal === "string" ? {} : refusal;
  expect(retryAfterMs).toBeGreaterThanOrEqual(10_000);
  expect(retryAfterMs).toBeLessThanOrEqual(30_000);
  const minted = await fetch(`${server.url}/v1/sessions`, { method: "POST" });
  expect(minted.status).toBe(503);
  expect(await minted.json()).toMatchObject({ code: "server_full" });
  expect(Number(minted.headers.get("retry-after"))).toBeGreaterThanOrEqual(10);
  // One who is here gets a new token, and comes back beside the old connection.
  await mint(server, { token: a.token });
  const again = await arrive(server, { token: a.token, hello: { resume: reloaded(a) } });
  expect(again.welcome).toMatchObject({ resumed: true, state: { kind: "in-room", room: { roomId } } });

  await until("the old connection is gone", () => a.closed() !== undefined);
  b.close();
  await until("there is room", async () => (await fetch(`${server.url}/readyz`)).status === 200);
  expect((await arrive(server, { token: spare })).welcome.state).toEqual({ kind: "idle" });
});

test("[N6] after a restart the two of a room get back into it, though the server is full of others", async () => {
  const before = await serve();
  const { a, b, roomId, inA, inB } = await meet(before);
  await before.stop();
  const server = await serving({ MAX_CONNECTIONS: "20" });
  const { token: spare } = await mint(server);
  await Promise.all(Array.from({ length: 20 }, () => arrive(server)));
  const ticket = (one: typeof inA) => ({ ticket: one.ticket ?? expect.fail("no ticket") });
  await arrive(server, { token: a.token, hello: ticket(inA) });
  const back = await arrive(server, { token: b.token, hello: ticket(inB) });
  expect(back.welcome.state).toMatchObject({ kind: "in-room", room: { roomId } });
  expect(await refusalOf(openSocket(server, hello(spare)))).toMatchObject({ code: "server_full" });
}, 20_000);

test("[N8] one more person of a device than may be connected is refused, and nobody loses a connection", async () => {
  const server = await serving({ MAX_SESSIONS_PER_DEVICE: "2" });
  const deviceGroup = "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22";
  const token = async () => (await mint(server, { deviceGroup })).token;
  const pages = [
    await arrive(server, { token: await token() }),
    await arrive(server, { token: await token() }),
  ];
  const third = await token();
  expect(await refusalOf(openSocket(server, hello(third)))).toMatchObject({ code: "rate_limited" });
  expect(pages.map(({ closed }) => closed())).toEqual([undefined, undefined]);
  pages[0]?.close();
  await until("the third gets in", () =>
    arrive(server, { token: third }).then(
      () => true,
      () => false,
    ),
  );
});

test("[N7] [N8] [N6] connections that die in any way, before, in and after their hello, are counted no longer", async () => {
  const server = await serving({ TRUST_PROXY: "0", MAX_CONNECTIONS: "8", MAX_CONNECTIONS_PER_NETWORK: "40" });
  const deviceGroup = "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22";
  for (let round = 0; round < 6; round += 1) {
    const { token } = await mint(server, { deviceGroup });
    const raw = [
      dial(server, head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket"))),
      dial(server, head("GET /socket.io/?EIO=4&transport=polling HTTP/1.1", { [PAGE_HEADER]: "1" })),
      dial(server, "GET /rea"),
      dial(server),
    ];
    const early = openSocket(server, hello(token));
    early.once("connect", () => early.io.engine.close());
    const pages = [
      await arrive(server, { token }),
      await arrive(server, { options: POLLING }),
      await arrive(server),
    ];
    pages[0]?.drop();
    pages[1]?.close();
    pages[2]?.socket.io.engine.close();
    for (const [n, { tcp }] of raw.entries()) n % 2 ? tcp.resetAndDestroy() : tcp.destroy();
    early.close();
  }
  await until("all connections are gone", async () => (await server.getStats()).totalSockets === 0);
  await until("the server has room for all", async () => {
    const pages = await Promise.all(Array.from({ length: 8 }, () => arrive(server).catch(() => undefined)));
    for (const page of pages) page?.close();
    return pages.every((page) => page !== undefined);
  });
}, 30_000);
