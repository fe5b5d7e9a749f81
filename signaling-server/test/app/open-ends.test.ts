import { afterEach, beforeEach, expect, test } from "vitest";
import { mint, serve, type TestServer, until } from "./page.ts";
import { dial, frame, head, helloText, openWebSocket, upgradeTo, WS_PATH } from "./raw.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

const sessionsOpened = () => server.log.lines.filter(({ message }) => message === "Session opened").length;

test.each([
  ["an origin that is not listed", WS_PATH, "https://evil.example"],
  ["an address where nothing listens", "/elsewhere", undefined],
])("[W7] an upgrade from %s is not kept half open", async (_what, path, origin) => {
  const { tcp } = dial(
    server,
    head(`GET ${path} HTTP/1.1`, upgradeTo("websocket"), origin ? { origin } : {}),
  );
  await until("the connection is gone", () => {
    tcp.write("still here");
    return tcp.destroyed;
  });
});

test("[W15] a request that never ends is given up after ten seconds", async () => {
  const started = Date.now();
  const lines = [
    dial(server, "GET /healthz HTTP/1.1\r\nHo"),
    dial(server, "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"),
    dial(server),
  ];
  await until("all are gone", () => lines.every(({ tcp }) => tcp.readableEnded || tcp.destroyed), 14_000);
  expect(Date.now() - started).toBeGreaterThan(9_000);
  for (const { tcp } of lines) tcp.destroy();
});

test("[W13] behind one connection there is one person: whatever hello follows the accepted one ends it", async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => mint(server)));
  const line = await openWebSocket(server);
  const [first, ...others] = tokens;
  line.hello(first?.token ?? "");
  await until("the welcome", () => line.received().includes("welcome"));
  for (const [n, { token }] of others.entries()) line.hello(token, `tab-${n}`);
  await until("it is closed", line.ended);
  line.tcp.destroy();
  await server.empty();
  expect(sessionsOpened()).toBe(1);
});

test("[W13] hellos that come at once let nobody in: they are said one at a time", async () => {
  const tokens = await Promise.all(Array.from({ length: 20 }, () => mint(server)));
  const line = await openWebSocket(server);
  line.tcp.write(Buffer.concat(tokens.map(({ token }, n) => frame(helloText(token, `tab-${n}`)))));
  await until("it is closed", line.ended);
  line.tcp.destroy();
  await server.empty();
  expect(sessionsOpened()).toBe(0);
});

test("[W2] the welcome comes after the connection is confirmed, never before", async () => {
  const { token } = await mint(server);
  const line = await openWebSocket(server);
  line.hello(token);
  await until("the welcome", () => line.received().includes('42["welcome"'));
  const confirmed = line.received().indexOf('40{"sid"');
  expect(confirmed).toBeGreaterThan(0);
  expect(line.received().indexOf('42["welcome"')).toBeGreaterThan(confirmed);
  line.tcp.destroy();
});

test("[W13] a refused hello may be said again, but not for ever", async () => {
  const { token } = await mint(server);
  const patient = await openWebSocket(server);
  patient.hello("forged");
  await until("the refusal", () => patient.received().includes("token_invalid"));
  patient.hello(token);
  await until("the welcome", () => patient.received().includes("welcome"));
  patient.tcp.destroy();

  const stubborn = await openWebSocket(server);
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
  const line = await openWebSocket(server);
  line.hello(token);
  await until("the welcome", () => line.received().includes("welcome"));
  line.say("41");
  await until("it is closed", () => line.tcp.readableEnded || line.tcp.destroyed);
  line.tcp.destroy();
  await server.empty();
});
