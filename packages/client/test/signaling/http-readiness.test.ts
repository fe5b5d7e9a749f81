import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { errorBody } from "@serendip/protocol";
import { expect, onTestFinished, test } from "vitest";
import { httpReadiness } from "../../src/signaling/http-readiness.browser.ts";

const never = new AbortController().signal;

async function served(answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => {
    if (request.url === "/readyz") answer(response);
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json =
  (status: number, body: unknown) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  };
const page = (response: ServerResponse): void => {
  response.end("<h1>Welcome</h1>");
};

test.each([
  ["takes people", json(200, { status: "ok" }), "ready"],
  ["takes nobody", json(503, { status: "unavailable", checks: { lobby: "failed" } }), "refused"],
  [
    "has no room and is well",
    json(503, { status: "unavailable", checks: { store: "ok", accepting: "ok", room: "failed" } }),
    "full",
  ],
  [
    "has no room and goes away",
    json(503, { status: "unavailable", checks: { store: "ok", accepting: "failed", room: "failed" } }),
    "refused",
  ],
  ["is a proxy with a page of its own", page, "silent"],
  ["is something else", json(200, { hello: "world" }), "silent"],
] as const)("[H1] [C54] what %s is told apart", async (_case, answer, expected) => {
  const url = await served(answer);
  expect(await httpReadiness({ url: `${url}/` }).ask(never)).toEqual({ state: expected });
});

test("[N4] [C54] too many requests from a network are said as such, whoever says so", async () => {
  const door = await served(json(429, errorBody("rate_limited", undefined, 3_200)));
  expect(await httpReadiness({ url: door }).ask(never)).toEqual({ state: "limited", retryAfterMs: 3_200 });
  expect(await httpReadiness({ url: door }).relay(never)).toBeUndefined();
  const proxy = await served((response) => response.writeHead(429).end("<h1>Slow down</h1>"));
  expect(await httpReadiness({ url: proxy }).ask(never)).toEqual({ state: "limited" });
});

test("[C54] nobody there, no answer in time, and nobody who waits any more: silent", async () => {
  const url = await served(() => {});
  expect(await httpReadiness({ url, timeoutMs: 50 }).ask(never)).toEqual({ state: "silent" });
  expect(await httpReadiness({ url }).ask(AbortSignal.abort())).toEqual({ state: "silent" });
  expect(await httpReadiness({ url: "http://127.0.0.1:1" }).ask(never)).toEqual({ state: "silent" });
});

test("[L12] any answer at all shows that the way is open", async () => {
  for (const answer of [page, json(503, { status: "unavailable", checks: {} })]) {
    const url = await served(answer);
    expect(await httpReadiness({ url: `${url}/` }).reach(never)).toBe(true);
  }
  const silent = await served(() => {});
  expect(await httpReadiness({ url: silent }).reach(AbortSignal.timeout(50))).toBe(false);
  expect(await httpReadiness({ url: silent }).reach(AbortSignal.abort())).toBe(false);
  expect(await httpReadiness({ url: "http://127.0.0.1:1" }).reach(never)).toBe(false);
});
