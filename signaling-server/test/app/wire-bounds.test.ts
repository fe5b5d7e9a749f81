import { LIMITS } from "@serendip/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { arrive, meet, mint, NO_HURRY, offer, serve, type TestServer, until } from "./page.ts";
import { dial, fragments, frame, head, openWebSocket, upgradeTo, WS_PATH } from "./raw.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve(NO_HURRY);
});
afterEach(() => server.stop());

const connections = async () => (await server.getStats()).totalConnections;
const POLL = "/socket.io/?EIO=4&transport=polling";
const ABUSE = '42["bye",{"code":"protocol_abuse","reconnect":"after"}]';

async function stillMeets(pair: Awaited<ReturnType<typeof meet>>): Promise<void> {
  expect(await pair.a.request("signal", offer(pair.roomId, 1))).toEqual({ ok: true });
  expect(await pair.b.next("signal")).toEqual(offer(pair.roomId, 1));
}

test.each([
  ["of no kind", "GET / HTTP/1.1", "x"],
  ["of no kind where something else is answered", "GET /healthz HTTP/1.1", "x"],
  ["with a method that has a body", "POST /v1/sessions HTTP/1.1", "x"],
  ["to a WebSocket elsewhere", "GET /v1/sessions HTTP/1.1", "websocket"],
  ["of no kind at the engine's address", `GET ${WS_PATH} HTTP/1.1`, "x"],
])("[W16] an upgrade %s is answered 404 and closed at once", async (_what, line, kind) => {
  const raw = dial(server, head(line, upgradeTo(kind)));
  await until("the end", raw.ended);
  expect(raw.received()).toMatch(/^HTTP\/1\.1 404 /);
  expect(raw.received()).toContain('"code":"bad_request"');
  raw.tcp.resetAndDestroy();
  await until("nobody is left", async () => (await connections()) === 0);
});

test("[W16] a client that would rather speak HTTP/2 is answered as HTTP/1.1, body included", async () => {
  const h2c = { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABk" };
  const alive = dial(server, head("GET /healthz HTTP/1.1", h2c));
  await until("the answer", alive.ended);
  expect(alive.received()).toMatch(/^HTTP\/1\.1 200 .*"status":"ok"/s);
  const body = '{"deviceGroup":"6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11"}';
  const fields = { ...h2c, "Content-Type": "application/json", "Content-Length": String(body.length) };
  const minting = dial(server, head("POST /v1/sessions HTTP/1.1", fields) + body.slice(0, 20));
  minting.tcp.write(body.slice(20));
  await until("the answer", minting.ended);
  expect(minting.received()).toMatch(/^HTTP\/1\.1 200 .*"token"/s);
  for (const { tcp } of [alive, minting]) tcp.destroy();
  await until("nobody is left", async () => (await connections()) === 0);
});

test("[W15] every open connection is counted, and is closed after ten seconds unless it is a session's, over polling too, or was answered", async () => {
  const page = await arrive(server);
  const polling = await arrive(server, { options: { transports: ["polling"], upgrade: false } });
  const kept = head("GET /healthz HTTP/1.1");
  const websocket = head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket"));
  const lines = {
    silent: dial(server),
    slow: dial(server, "GET / HT"),
    answered: dial(server, kept),
    "foreign upgrade": dial(server, kept + head("GET / HTTP/1.1", upgradeTo("x"))),
    "without hello": dial(server, kept + websocket),
  };
  // The page's, and all of these but the one that is refused at once.
  await until("all are counted", async () => (await connections()) >= 5);
  const startedAt = Date.now();
  for (const name of ["silent", "slow", "foreign upgrade", "without hello"] as const)
    await until(`${name} is closed`, lines[name].ended, 14_000);
  expect(Date.now() - startedAt).toBeLessThan(13_000);
  expect(lines.answered.ended()).toBe(false);
  for (const { request, closed } of [page, polling]) {
    expect(await request("status", {})).toMatchObject({ ok: true });
    expect(closed()).toBeUndefined();
  }
  for (const { tcp } of Object.values(lines)) tcp.destroy();
}, 30_000);

test("[W9] requests that are sent one on another without reading the answers are cut off", async () => {
  const pair = await meet(server);
  const one = head("POST /v1/sessions HTTP/1.1");
  const line = dial(server);
  line.tcp.pause();
  line.tcp.write(one.repeat(5_000));
  await until("it is cut", async () => {
    line.tcp.write(one);
    return line.tcp.destroyed;
  });
  await stillMeets(pair);
});

test("[W9] a proxy that sends one request after the other over one connection is not cut", async () => {
  const line = dial(server);
  for (let n = 1; n <= 100; n += 1) {
    line.tcp.write(head("GET /healthz HTTP/1.1"));
    await until("the answer", () => line.received().split('"status":"ok"').length === n + 1);
  }
  expect(line.ended()).toBe(false);
  line.tcp.destroy();
});

test.each([
  ["a binary frame", frame("abc", 2)],
  ["a packet that promises an attachment", frame('451-["find",{"_placeholder":true,"num":0}]')],
  ["an acknowledgement that promises one", frame('461-1[{"_placeholder":true,"num":0}]')],
  ["another namespace", frame("40/admin,{}")],
  ["lists in lists in lists", frame(`420["find",${"[".repeat(30_000)}${"]".repeat(30_000)}]`)],
  ["thousands of objects", frame(`420["find",[${Array(10_000).fill("{}").join()}]]`)],
  ["thousands of arguments", frame(`420["find"${",1".repeat(20_000)}]`)],
  ["a number of thousands of digits for its answer", frame(`42${"1".repeat(60_000)}["find",{}]`)],
  ["another namespace with a name of 60 kB", frame(`40/${"x".repeat(60_000)},{}`)],
])(
  "[W5] [W8] %s closes its connection at once, with a bye, before and after the hello",
  async (_what, bytes) => {
    for (const token of [undefined, (await mint(server)).token]) {
      const line = await openWebSocket(server);
      if (token) {
        line.hello(token);
        await until("the welcome", () => line.received().includes("welcome"));
      }
      line.tcp.write(bytes);
      await until("it is closed", line.ended);
      expect(line.received()).toContain(ABUSE);
      expect(line.received().length).toBeLessThan(4_000);
      line.tcp.destroy();
    }
    await server.empty();
  },
);

test("[W5] [W8] a packet that cannot be read closes its connection, with a bye", async () => {
  const page = await arrive(server);
  const raw = (page.socket.io.engine.transport as unknown as { ws: { send(data: string): void } }).ws;
  raw.send("42{");
  expect(await page.next("bye")).toEqual({ code: "protocol_abuse", reconnect: "after" });
  await until("it is closed", () => page.closed() !== undefined);
});

test.each([
  ["pings of a WebSocket, which Socket.IO never sees", frame("x".repeat(125), 9)],
  ["frames of one character", frame("3")],
  ["events", frame('421["status",{}]')],
  ["large events", frame(`42["x","${"x".repeat(60_000)}"]`)],
])("[W10] a flood of %s is cut off, with a bye, and harms nobody", async (_what, bytes) => {
  const pair = await meet(server);
  const line = await openWebSocket(server);
  line.hello((await mint(server)).token);
  await until("the welcome", () => line.received().includes("welcome"));
  await until("it is cut", async () => {
    for (let n = 0; n < 200 && !line.tcp.destroyed; n += 1) line.tcp.write(bytes);
    return line.received().includes(ABUSE) || line.ended();
  });
  line.tcp.destroy();
  await until("its session is gone", async () => (await server.getStats()).totalUsers === 2);
  await stillMeets(pair);
});

test("[W5] a message in more than sixty-four fragments closes its connection, and one in fewer does not", async () => {
  const line = await openWebSocket(server);
  line.hello((await mint(server)).token);
  await until("the welcome", () => line.received().includes("welcome"));
  line.tcp.write(fragments('421["status",{}]', 64));
  await until("the answer", () => line.received().includes("431["));
  line.tcp.write(fragments('422["status",{}]', 65));
  await until("it is closed", line.ended);
  expect(line.received()).not.toContain("432[");
  const causes = server.log.lines.filter(({ message }) => message.startsWith("Client disconnected"));
  expect(causes.map(({ fields }) => fields["cause"])).toEqual(["protocol"]);
  line.tcp.destroy();
});

test.each([
  ["that expect something", { Host: "a", Expect: "x" }, 417],
  ["that name no host", {}, 400],
  ["with bodies of no length", { Host: "a", "Transfer-Encoding": "chunked" }, 411],
])(
  "[W18] of thousands of requests %s one is answered, and nothing further is read",
  async (_what, fields, status) => {
    const pair = await meet(server);
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
    const one = ["GET /healthz HTTP/1.1", ...lines, "", ""].join("\r\n");
    const line = dial(server, `${one}${"1\r\nx\r\n".repeat(10_000)}${one.repeat(3_000)}`);
    await until("it is closed", line.ended);
    expect(line.received().match(/^HTTP\/1\.1 \d+/gm)).toEqual([`HTTP/1.1 ${status}`]);
    line.tcp.destroy();
    await stillMeets(pair);
  },
);

test("[W18] an address of thousands of characters is refused before it is looked at", async () => {
  const line = dial(server, head(`GET ${POLL}&${"a&".repeat(3_000)} HTTP/1.1`));
  await until("it is closed", line.ended);
  expect(line.received()).toMatch(/^HTTP\/1\.1 414 /);
  line.tcp.destroy();
});

test("[W15] a plain request that names a WebSocket's connection is answered, and keeps nothing open", async () => {
  const line = await openWebSocket(server);
  line.hello((await mint(server)).token);
  await until("the welcome", () => line.received().includes("welcome"));
  const [, sid] = /"sid":"([^"]+)"/.exec(line.received()) ?? [];
  for (const method of ["GET", "POST"]) {
    const asking = dial(server, head(`${method} ${WS_PATH}&sid=${sid} HTTP/1.1`));
    await until("the answer", () => asking.received().startsWith("HTTP/1.1 400 "));
    asking.tcp.destroy();
  }
  line.tcp.destroy();
});

test("[W10] what a page may send at its worst is not a flood", async () => {
  const { a, b, roomId } = await meet(server);
  const sdp = "x".repeat(LIMITS.descriptionChars.offer);
  const asked = Array.from({ length: 2 }, (_, n) => a.request("signal", offer(roomId, n + 1, sdp)));
  for (let n = 0; n < 1_000; n += 1) asked.push(a.request("status", {}));
  expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true);
  await until("all have come", () => b.count("signal") === 2);
  expect(a.closed()).toBeUndefined();
}, 60_000);
