import { afterEach, beforeEach, expect, test } from "vitest";
import { ADMIN, ORIGIN, serve, type TestServer, until } from "./page.ts";
import { dial, head, upgradeTo, WS_PATH } from "./raw.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

const POLL = "/socket.io/?EIO=4&transport=polling";
const FOREIGN = { origin: "https://evil.example" };
const WS = upgradeTo("websocket");
const body = (text: string) => ({
  "Content-Type": "application/json",
  "Content-Length": String(text.length),
});

/** One answer of each part of the server that makes any: name, status, what is sent. */
const ANSWERS: readonly (readonly [string, number, string])[] = [
  ["a route", 200, head("GET /healthz HTTP/1.1")],
  ["a route with a check", 200, head("GET /readyz HTTP/1.1")],
  ["a mint", 200, `${head("POST /v1/sessions HTTP/1.1", body("{}"))}{}`],
  ["a preflight", 204, head("OPTIONS /v1/sessions HTTP/1.1", { "Access-Control-Request-Method": "POST" })],
  ["a body that is no JSON", 400, `${head("POST /v1/sessions HTTP/1.1", body("{"))}{`],
  ["a secret in the query", 400, head("GET /healthz?token=x HTTP/1.1")],
  ["a foreign origin", 403, head("GET /healthz HTTP/1.1", {}, FOREIGN)],
  ["a page of the operator", 200, head("GET /debug/calls HTTP/1.1", { Authorization: `Bearer ${ADMIN}` })],
  ["a page of the operator, asked by somebody else", 401, head("GET /debug/calls HTTP/1.1")],
  ["an unknown address", 404, head("GET /nowhere HTTP/1.1")],
  ["an address that cannot be read", 400, head("GET /%E0%A4%A HTTP/1.1")],
  ["an opening by polling", 200, head(`GET ${POLL} HTTP/1.1`)],
  ["a poll of an unknown connection", 400, head(`GET ${POLL}&sid=x HTTP/1.1`)],
  ["a poll from a foreign page", 403, head(`GET ${POLL} HTTP/1.1`, {}, FOREIGN)],
  ["a preflight of a poll", 204, head(`OPTIONS ${POLL} HTTP/1.1`)],
  ["JSONP", 400, head(`GET ${POLL}&j=0 HTTP/1.1`)],
  ["an upgrade elsewhere", 404, head("GET /elsewhere HTTP/1.1", WS)],
  ["an upgrade from a foreign page", 403, head(`GET ${WS_PATH} HTTP/1.1`, WS, FOREIGN)],
  ["an upgrade that Engine.IO refuses", 400, head(`GET ${WS_PATH}&sid=unknown HTTP/1.1`, WS)],
  [
    "an upgrade that ws refuses",
    400,
    head(`GET ${WS_PATH} HTTP/1.1`, { ...WS, "Sec-WebSocket-Key": "short" }),
  ],
  ["a try of HTTP/2", 200, head("GET /healthz HTTP/1.1", upgradeTo("h2c"))],
  ["an address that is too long", 414, head(`GET /${"x".repeat(2_000)} HTTP/1.1`)],
  ["a body without a length", 411, head("POST /v1/sessions HTTP/1.1", { "Transfer-Encoding": "chunked" })],
  ["a wrong expectation", 417, head("GET /healthz HTTP/1.1", { Expect: "more" })],
  ["no host", 400, "GET /healthz HTTP/1.1\r\n\r\n"],
  ["headers that are too long", 431, head("GET /healthz HTTP/1.1", { "X-Long": "x".repeat(17_000) })],
  ["bytes that are no request", 400, "\u0016\u0003\u0001 hello\r\n\r\n"],
];

test.each(ANSWERS)(
  "[X1] the answer to %s carries the headers that keep browsers safe",
  async (_who, status, text) => {
    const line = dial(server, text);
    await until("the head of the answer", () => line.received().includes("\r\n\r\n"));
    line.tcp.destroy();
    const [first = "", ...lines] = line.received().split("\r\n\r\n")[0]?.split("\r\n") ?? [];
    expect(Number(first.split(" ")[1]), line.received()).toBe(status);
    const fields = lines.map((one) => one.toLowerCase());
    for (const field of [
      "cache-control: no-store",
      "content-security-policy: default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      "cross-origin-opener-policy: same-origin",
      "cross-origin-resource-policy: same-origin",
      "origin-agent-cluster: ?1",
      "referrer-policy: no-referrer",
      "x-content-type-options: nosniff",
      "x-frame-options: deny",
    ])
      expect(
        fields.filter((one) => one === field),
        field,
      ).toHaveLength(1);
    const names = fields.map((one) => one.split(":")[0]);
    expect(new Set(names).size).toBe(names.length);
    for (const name of ["server", "x-powered-by", "strict-transport-security"])
      expect(names).not.toContain(name);
  },
);

test.each(["/healthz", "/readyz", "/v1/sessions", "/debug/sessions", "/debug/calls", "/nowhere"])(
  "[X2] %s answers a page of a foreign origin with 403, preflights too, and tells it nothing",
  async (path) => {
    for (const method of ["GET", "POST", "OPTIONS", "PUT"])
      for (const origin of [
        "https://evil.example",
        `${ORIGIN}.evil.example`,
        "null",
        ORIGIN.toUpperCase(),
        "",
      ]) {
        const line = dial(server, head(`${method} ${path} HTTP/1.1`, { "Content-Length": "0" }, { origin }));
        await until("the answer", () => line.received().includes('"code"'));
        line.tcp.destroy();
        expect(line.received(), `${method} from ${origin}`).toMatch(/^HTTP\/1\.1 403 /);
        expect(line.received()).toContain("ALLOWED_ORIGINS");
        expect(line.received().toLowerCase()).not.toContain("access-control");
      }
    const refused = server.log.lines.filter(({ message }) => message === "Connection refused");
    expect(refused).toHaveLength(20);
  },
);

test("[X2] probes and tools, which have no Origin, are answered", async () => {
  const asOperator = { headers: { authorization: `Bearer ${ADMIN}` } };
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${server.url}/v1/sessions`, { method: "POST" })).status).toBe(200);
  expect((await fetch(`${server.url}/debug/sessions`, asOperator)).status).toBe(200);
});
