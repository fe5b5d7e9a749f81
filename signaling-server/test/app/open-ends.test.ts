import { connect } from "node:net";
import { PROTOCOL_VERSION } from "@serendip/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mint, ORIGIN, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

/** A client that sends bytes, keeps its half of the connection open, and reads along. */
function dial(text = "") {
  const tcp = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  tcp.on("error", () => undefined);
  tcp.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  tcp.write(text);
  return { tcp, received: () => received };
}

const upgrade = (origin: string, path = "/socket.io/?EIO=4&transport=websocket") =>
  [
    `GET ${path} HTTP/1.1`,
    "Host: localhost",
    `Origin: ${origin}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "",
    "",
  ].join("\r\n");

/** A WebSocket text frame as a client sends it, with a mask of zeros (RFC 6455 section 5.2). */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(payload.length);
  const head = payload.length < 126 ? [0x80 | payload.length] : [0xfe, ...length];
  return Buffer.concat([Buffer.from([0x81, ...head, 0, 0, 0, 0]), payload]);
}

/** A WebSocket that is ready for hellos. */
async function openWebSocket() {
  const line = dial(upgrade(ORIGIN));
  await until("the upgrade", () => line.received().includes('"sid"'));
  const say = (text: string) => line.tcp.write(frame(text));
  const hello = (token: string, tabId = "tab") =>
    say(`40${JSON.stringify({ protocol: PROTOCOL_VERSION, token, tabId })}`);
  return { ...line, say, hello };
}

test.each([
  ["an origin that is not listed", upgrade("https://evil.example")],
  ["an address where nothing listens", upgrade(ORIGIN, "/elsewhere")],
])("[W7] an upgrade from %s is not kept half open", async (_what, text) => {
  const { tcp } = dial(text);
  await until("the connection is gone", () => {
    tcp.write("still here");
    return tcp.destroyed;
  });
});

test("[W1] a request that never ends is given up after ten seconds (C37)", async () => {
  const started = Date.now();
  const lines = [
    dial("GET /healthz HTTP/1.1\r\nHo"),
    dial("POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"),
    dial(),
  ];
  await until("all are gone", () => lines.every(({ tcp }) => tcp.readableEnded || tcp.destroyed), 14_000);
  expect(Date.now() - started).toBeGreaterThan(9_000);
  for (const { tcp } of lines) tcp.destroy();
});

test("[W1] behind one connection there is one person, however many hellos it says (C1, C12)", async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => mint(server)));
  const line = await openWebSocket();
  for (const [n, { token }] of tokens.entries()) line.hello(token, `tab-${n}`);
  await until("it is closed", () => line.tcp.readableEnded);
  line.tcp.destroy();
  await server.empty();
  const opened = server.log.lines.filter(({ message }) => message === "Session opened").length;
  expect(opened).toBeLessThanOrEqual(1);
});

test("[W2] the welcome comes after the connection is confirmed, never before", async () => {
  const { token } = await mint(server);
  const line = await openWebSocket();
  line.hello(token);
  await until("the welcome", () => line.received().includes('42["welcome"'));
  const confirmed = line.received().indexOf('40{"sid"');
  expect(confirmed).toBeGreaterThan(0);
  expect(line.received().indexOf('42["welcome"')).toBeGreaterThan(confirmed);
  line.tcp.destroy();
});

test("[W1] a refused hello may be said again, but not for ever", async () => {
  const { token } = await mint(server);
  const patient = await openWebSocket();
  patient.hello("forged");
  await until("the refusal", () => patient.received().includes("token_invalid"));
  patient.hello(token);
  await until("the welcome", () => patient.received().includes("welcome"));
  patient.tcp.destroy();

  const stubborn = await openWebSocket();
  for (let n = 1; n <= 5; n += 1) {
    stubborn.hello("forged");
    await until("a refusal", () => stubborn.received().split("token_invalid").length === n + 1);
  }
  stubborn.hello(token);
  await until("it is closed", () => stubborn.tcp.readableEnded || stubborn.tcp.destroyed);
  expect(stubborn.received()).not.toContain("welcome");
  stubborn.tcp.destroy();
  await server.empty();
});

test("[G1] whoever says goodbye is let go: the connection is not kept for another hello (C6, C33)", async () => {
  const { token } = await mint(server);
  const line = await openWebSocket();
  line.hello(token);
  await until("the welcome", () => line.received().includes("welcome"));
  line.say("41");
  await until("it is closed", () => line.tcp.readableEnded || line.tcp.destroyed);
  line.tcp.destroy();
  await server.empty();
});
