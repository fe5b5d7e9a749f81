import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { PAGE_HEADER, PROTOCOL_VERSION } from "@serendip/protocol";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import {
  arrive,
  hello,
  meet,
  mint,
  ORIGIN,
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

/** The status of one request to a path of the server, or a whole address, as a browser or anything else might make it. */
async function statusOf(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = request(new URL(path, server.url), { headers });
  sent.end();
  const answer = await new Promise<{ status: number | undefined; drop: () => void }>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response) =>
      resolve({ status: response.statusCode, drop: () => response.destroy() }),
    );
    sent.once("upgrade", (response, socket) =>
      resolve({ status: response.statusCode, drop: () => socket.destroy() }),
    );
  });
  answer.drop();
  return answer.status;
}

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
const TRANSPORTS = [
  ["polling", {}, 200],
  ["websocket", UPGRADE, 101],
] as const;

test.each(TRANSPORTS)("[W7] over %s only a listed origin may connect", async (transport, headers, fine) => {
  const path = `/socket.io/?EIO=4&transport=${transport}`;
  const status = (more: Record<string, string>) => statusOf(path, { ...headers, ...more });
  expect(await status({ origin: ORIGIN })).toBe(fine);
  expect(await status({ origin: "https://evil.example" })).toBe(403);
  expect(await status({ origin: `${ORIGIN}.evil.example` })).toBe(403);
  expect(await status({ origin: "null" })).toBe(403);
  expect(await status({})).toBe(403);
  expect(await status({ "sec-fetch-site": "cross-site" })).toBe(403);
  expect(await status({ "sec-fetch-site": "same-origin" })).toBe(fine);
});

test("[W7] a browser that sends neither Origin nor Sec-Fetch-Site is known by the page's own header", async () => {
  const path = "/socket.io/?EIO=4&transport=polling";
  expect(await statusOf(path, { [PAGE_HEADER]: "1" })).toBe(200);
  for (const site of ["cross-site", "same-site", "none"])
    expect(await statusOf(path, { [PAGE_HEADER]: "1", "sec-fetch-site": site })).toBe(403);
  // Another site's page needs a preflight for such a header, shows its Origin there, and is not allowed it.
  const preflight = await fetch(server.url + path, {
    method: "OPTIONS",
    headers: {
      origin: "https://evil.example",
      "access-control-request-method": "GET",
      "access-control-request-headers": PAGE_HEADER,
    },
  });
  expect(preflight.status).toBe(403);
  expect(preflight.headers.get("access-control-allow-headers")).toBeNull();
  expect(await statusOf(path, { [PAGE_HEADER]: "1", origin: "https://evil.example" })).toBe(403);
});

test.each(TRANSPORTS)(
  "[W7] over %s the log names the origin that was refused",
  async (transport, headers) => {
    const path = `/socket.io/?EIO=4&transport=${transport}`;
    await statusOf(path, { ...headers, origin: "https://typo.example.org" });
    await statusOf(path, { ...headers, origin: `https://${"x".repeat(4_000)}.example` });
    await statusOf(path, headers);
    const [typo, long, none] = server.log.lines.filter(({ message }) => message === "Connection refused");
    expect(typo?.fields).toMatchObject({ status: 403, origin: "https://typo.example.org" });
    expect(String(long?.fields["origin"]).length).toBeLessThanOrEqual(200);
    expect(none?.fields).not.toHaveProperty("origin");
  },
);

test.each(TRANSPORTS)(
  "[W14] over %s a token in the query is refused and not logged",
  async (transport, headers) => {
    const { token } = await mint(server);
    for (const field of ["token", "access_token", "TOKEN", "resumeSecret", "resume", "ticket"]) {
      const path = `/socket.io/?EIO=4&transport=${transport}&${field}=${token}`;
      expect(await statusOf(path, { ...headers, origin: ORIGIN })).toBe(400);
    }
    expect(server.log.text()).not.toContain(token);
  },
);

test("[W2] what the gate refuses is a connect_error for the page", async () => {
  const { token } = await mint(server);
  for (const transports of [["websocket"], ["polling"]]) {
    const socket = openSocket(server, hello(token), {
      transports,
      extraHeaders: { origin: "https://evil.example" },
    });
    expect(await refusalOf(socket)).toMatch(/error/);
  }
  expect(await server.getStats()).toMatchObject({ totalUsers: 0 });
});

test.each(TRANSPORTS)(
  "[X8] a client of Engine.IO 3 is refused over %s, and told why (C17)",
  async (transport, headers) => {
    for (const version of ["3", "2", "", "4.0", "five"]) {
      const path = `/socket.io/?EIO=${version}&transport=${transport}`;
      expect(await statusOf(path, { ...headers, origin: ORIGIN }), version).toBe(400);
    }
    const answer = await fetch(`${server.url}/socket.io/?EIO=3&transport=polling`, {
      headers: { origin: ORIGIN },
    });
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining("Engine.IO") });
    expect((await server.getStats()).totalSockets).toBe(0);
  },
);

test("[W1] polling alone is enough to meet and to signal (C17)", async () => {
  const polling = { transports: ["polling"], upgrade: false };
  const [a, b] = [await arrive(server, { options: polling }), await arrive(server, { options: polling })];
  await a.request("find", { requestId: "1" });
  await b.request("find", { requestId: "2" });
  const { room } = await a.next("matched");
  await b.next("matched");
  expect(await a.request("signal", offer(room.roomId, 1))).toEqual({ ok: true });
  expect(await b.next("signal")).toEqual(offer(room.roomId, 1));
  expect(a.socket.io.engine.transport.name).toBe("polling");
  a.close();
  b.close();
  await server.empty();
});

test("[W1] a polling connection may become a WebSocket on the way (C17)", async () => {
  const page = await arrive(server, { options: { transports: ["polling", "websocket"] } });
  await until("the upgrade", () => page.socket.io.engine.transport.name === "websocket");
  expect(await page.request("find", { requestId: "1" })).toMatchObject({ ok: true });
});

test("[V1] a hello of no common version is refused with the word which side is older, whatever else it holds", async () => {
  const older = openSocket(server, { protocol: 0, something: ["else"] });
  expect(await refusalOf(older)).toMatchObject({ code: "version_unsupported" });
  const newer = openSocket(server, { protocol: PROTOCOL_VERSION + 1, newestProtocol: 99, tabId: {} });
  expect(await refusalOf(newer)).toMatchObject({ code: "server_outdated", retryAfterMs: 30_000 });
});

test("[V1] a page that is newer than the server, and speaks its version too, gets in", async () => {
  const page = await arrive(server, { hello: { newestProtocol: PROTOCOL_VERSION + 1 } });
  expect(page.welcome.state).toEqual({ kind: "idle" });
});

test.each([
  ["nothing", {}],
  ["a version that is no number", { protocol: "1" }],
  ["no tab", { protocol: 1, token: "t" }],
  ["a tab id of 101 characters", { protocol: 1, token: "t", tabId: "x".repeat(101) }],
  ["an empty tab id", { protocol: 1, token: "t", tabId: "" }],
  ["a half resume", { protocol: 1, token: "t", tabId: "t", resume: { sessionId: "s" } }],
  ["prototype fields", JSON.parse('{"__proto__": {"protocol": 1}, "constructor": 1}')],
])("[W4] a hello with %s is a bad request (C75, C76)", async (_what, auth) => {
  expect(await refusalOf(openSocket(server, auth))).toMatchObject({ code: "bad_request" });
});

test("[S7] [S8] a forged resume or ticket gives a new idle session, never an error (I19)", async () => {
  const { a, b, roomId, inB } = await meet(server);
  const resume = {
    sessionId: a.welcome.sessionId,
    resumeSecret: "x".repeat(40),
    epoch: 1,
    peerConnection: "alive",
  } as const;
  const stranger = await arrive(server, { hello: { resume, ...(inB.ticket ? { ticket: inB.ticket } : {}) } });
  expect(stranger.welcome).toMatchObject({ resumed: false, state: { kind: "idle" } });
  expect(await a.request("signal", offer(roomId, 1))).toEqual({ ok: true });
  expect(await b.next("signal")).toEqual(offer(roomId, 1));
});

test("[W12] [W8] a connection that says no hello hears a bye after 5 s and is closed", async () => {
  const { port } = server;
  const raw = connect(port, "127.0.0.1");
  let heard = "";
  raw.on("data", (chunk) => {
    heard += chunk.toString("latin1");
  });
  const lines = [
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `Origin: ${ORIGIN}`,
  ];
  const upgrade = Object.entries(UPGRADE).map(([name, value]) => `${name}: ${value}`);
  const started = Date.now();
  raw.write(`${[...lines, ...upgrade].join("\r\n")}\r\n\r\n`);
  await until("the bye", () => heard.includes("hello_timeout"), 10_000);
  expect(heard).toContain('42["bye",{"code":"hello_timeout","reconnect":"now"}]');
  expect(Date.now() - started).toBeGreaterThan(4_500);
  // The page does not answer the closing.
  await once(raw, "close", { signal: AbortSignal.timeout(4_000) });
});

test("[W8] a page that never answers the closing of its connection does not hold up a stop (C39)", async () => {
  const raw = connect(server.port, "127.0.0.1");
  const lines = [
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1`,
    "Host: localhost",
    `Origin: ${ORIGIN}`,
  ];
  const upgrade = Object.entries(UPGRADE).map(([name, value]) => `${name}: ${value}`);
  raw.write(`${[...lines, ...upgrade].join("\r\n")}\r\n\r\n`);
  await once(raw, "data");
  raw.on("error", () => undefined);
  const started = Date.now();
  await server.stop();
  expect(Date.now() - started).toBeLessThan(4_000);
  raw.destroy();
});

test.each(TRANSPORTS)(
  "[W7] over %s an app's page is let in by its exact origin",
  async (transport, headers, fine) => {
    const origins = ["capacitor://localhost", "tauri://localhost", "app://."];
    const shells = await serve({ ALLOWED_ORIGINS: origins.join(",") });
    onTestFinished(() => shells.stop());
    const address = `${shells.url}/socket.io/?EIO=4&transport=${transport}`;
    const status = (origin: string) => statusOf(address, { ...headers, origin });
    for (const origin of origins) {
      expect(await status(origin)).toBe(fine);
      const minted = await fetch(`${shells.url}/v1/sessions`, {
        method: "POST",
        headers: { origin, "content-type": "application/json" },
        body: "{}",
      });
      expect(minted.headers.get("access-control-allow-origin")).toBe(origin);
    }
    for (const origin of [
      "capacitor://localhost:1",
      "capacitor://evil",
      "tauri://",
      "app://..",
      "null",
      "file://",
    ])
      expect(await status(origin)).toBe(403);
  },
);
