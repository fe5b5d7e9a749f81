import { expect, test } from "vitest";
import { meet, mint, offer, until } from "./page.ts";
import { dial, frame, head, openWebSocket, type RawClient, upgradeTo, WS_PATH } from "./raw.ts";
import { serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

interface Target {
  readonly url: string;
  readonly port: number;
}

const POLLING_PATH = "/socket.io/?EIO=4&transport=polling";

const heard = (line: RawClient, what: string) =>
  until(`"${what}", in: ${line.received()}`, () => line.received().includes(what));

async function welcomed(target: Target): Promise<Awaited<ReturnType<typeof openWebSocket>>> {
  const { token } = await mint(target);
  const line = await openWebSocket(target);
  line.hello(token);
  await heard(line, '["welcome"');
  return line;
}

/** How far a client gets before it goes without a word. */
const STAGES: Readonly<Record<string, (target: Target) => RawClient | Promise<RawClient>>> = {
  "before its first byte": (target) => dial(target),
  "within the head of a request": (target) => dial(target, head("GET /readyz HTTP/1.1").slice(0, 20)),
  "within a body": (target) => {
    const fields = { "Content-Type": "application/json", "Content-Length": "20" };
    return dial(target, `${head("POST /v1/sessions HTTP/1.1", fields)}{"device`);
  },
  "before it has read its answer": (target) => dial(target, head("GET /readyz HTTP/1.1")),
  "within the head of an upgrade": (target) =>
    dial(target, head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket")).slice(0, -4)),
  "right after it asked for an upgrade": (target) =>
    dial(target, head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket"))),
  "while its poll waits": async (target) => {
    const line = dial(target, head(`GET ${POLLING_PATH} HTTP/1.1`));
    await heard(line, '"sid"');
    const [, sid = ""] = /"sid":"([^"]+)"/.exec(line.received()) ?? [];
    line.tcp.write(head(`GET ${POLLING_PATH}&sid=${sid} HTTP/1.1`));
    return line;
  },
  "before its hello": (target) => openWebSocket(target),
  "within a frame": async (target) => {
    const line = await openWebSocket(target);
    line.tcp.write(frame("x".repeat(200)).subarray(0, 50));
    return line;
  },
  "right after its hello": async (target) => {
    const { token } = await mint(target);
    const line = await openWebSocket(target);
    line.hello(token);
    return line;
  },
  "after the welcome": welcomed,
  "while it waits or has met somebody": async (target) => {
    const line = await welcomed(target);
    line.say('421["find",{"requestId":"f"}]');
    await heard(line, '431[{"ok":true');
    return line;
  },
  "before it has read the answer of a search": async (target) => {
    const line = await welcomed(target);
    line.say('421["find",{"requestId":"f"}]');
    return line;
  },
};

/** A connection that is reset (RST), and one that is closed without a goodbye (FIN). */
const ENDINGS: readonly ((line: RawClient) => void)[] = [
  ({ tcp }) => void tcp.resetAndDestroy(),
  ({ tcp }) => void tcp.destroy(),
];
const TIMES = 4;

test("[W6] clients that go without a word, at every stage, leave no error, warning or reset in the log (C14)", async () => {
  const server = start({ env: { LOG_LEVEL: "debug" } });
  const url = await server.url();
  const target = { url, port: Number(new URL(url).port) };
  const pair = await meet(target);
  const talks = async (sequence: number) => {
    expect(await pair.a.request("signal", offer(pair.roomId, sequence))).toEqual({ ok: true });
    expect(await pair.b.next("signal")).toEqual(offer(pair.roomId, sequence));
  };
  await talks(1);
  const linesBefore = server.lines().length;

  for (const reach of Object.values(STAGES))
    await Promise.all(
      ENDINGS.flatMap((end) => Array.from({ length: TIMES }, async () => end(await reach(target)))),
    );
  const left = () => server.lines().findLast(({ msg }) => msg.startsWith("Client disconnected"))?.msg;
  await until("only the pair is left", () => left() === "Client disconnected. Total clients: 2", 20_000);
  await talks(2);

  const since = server.lines().slice(linesBefore);
  expect(since.filter(({ msg }) => msg.startsWith("Client connected")).length).toBeGreaterThanOrEqual(24);
  expect(since.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  expect(server.output()).not.toMatch(/ECONNRESET|EPIPE|reset by peer|hang up/i);
  const unlogged = server
    .output()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{"));
  expect(unlogged).toEqual([]);
  expect([pair.a.closed(), pair.b.closed()]).toEqual([undefined, undefined]);
});
