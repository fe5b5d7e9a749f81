import { CLIENT_EVENTS, ERROR_CODES } from "@serendip/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  arrive,
  meet,
  NO_HURRY,
  offer,
  type Page,
  serve,
  type TestServer,
  until,
  WITHOUT_LIMITS,
} from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve({ ...NO_HURRY, GRACE_PROTOCOL_ROOM_MS: "50" }, { limits: WITHOUT_LIMITS });
});
afterEach(() => server.stop());

const SECRET_FREE = /node_modules|at \S+ \(|\.ts:\d|\.js:\d/;

/** Sends anything at all, and waits for the answer. */
const send = (
  page: Page,
  event: string,
  ...args: unknown[]
): Promise<{ ok: boolean; error?: { code: string } }> =>
  page.socket.timeout(5_000).emitWithAck(event, ...args);

async function stillMeets(pair: { a: Page; b: Page; roomId: string }, sequence: number): Promise<void> {
  expect(await pair.a.request("signal", offer(pair.roomId, sequence))).toEqual({ ok: true });
  expect(await pair.b.next("signal")).toEqual(offer(pair.roomId, sequence));
}

const isSmall = (json: string) =>
  Buffer.byteLength(json) < 60_000 && (json.match(/[,[{]/g) ?? []).length < 400;

const deep = (levels: number) => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { requestId: value };
  return value;
};

test("[W4] [W6] two thousand frames of every kind of nonsense are answered one by one and harm nobody (C76)", async () => {
  const pair = await meet(server);
  const villain = await arrive(server);
  const names = Object.keys(CLIENT_EVENTS);
  const event = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...names) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("error", "__proto__", "constructor", "toString", "matched", "ping", ""),
    },
    { weight: 1, arbitrary: fc.string({ maxLength: 300 }).map((name) => `x${name}`) },
  );
  const odd = fc.constantFrom<unknown>(
    { requestId: "x".repeat(101) },
    { requestId: "" },
    { requestId: "a b" },
    { requestId: "ok", roomId: { $ne: null } },
    { requestId: ["a"] },
    { roomId: pair.roomId, generation: 1, sequence: 1, signal: { kind: "offer", sdp: "stolen" } },
    { roomId: "r", generation: 1e9, sequence: -1, signal: { kind: "offer", sdp: 7 } },
    { roomId: "r", generation: 1, sequence: 1, signal: { kind: "offer", sdp: "x".repeat(40_000) } },
    { token: "x".repeat(5_000) },
    JSON.parse('{"__proto__": {"requestId": "x"}, "constructor": {"prototype": {}}}'),
    deep(300),
    "x".repeat(25_000),
  );
  const payload = fc.oneof(fc.jsonValue({ maxDepth: 4 }), odd);
  // A frame above a limit ends its connection, which is another test.
  const args = fc.array(payload, { maxLength: 3 }).filter((list) => isSmall(JSON.stringify(list)));
  const seed = Number(process.env["FC_SEED"] ?? Date.now());
  const frames = fc.sample(fc.record({ event, args, ack: fc.boolean() }), { numRuns: 2_000, seed });

  const answers: Promise<unknown>[] = [];
  for (const { event: name, args: list, ack } of frames) {
    if (ack) answers.push(send(villain, name, ...list));
    else villain.socket.emit(name, ...list);
    if (answers.length % 50 === 0) await Promise.allSettled(answers.slice(-50));
  }
  expect(villain.closed(), `seed ${seed}`).toBeUndefined();
  // A connection keeps its order: who has this answer has every problem told before it.
  answers.push(send(villain, "status", {}));
  const all = (await Promise.all(answers)) as { ok: boolean; error?: { code: string; message: string } }[];
  for (const answer of all) {
    if (answer.ok) continue;
    expect(ERROR_CODES, `seed ${seed}`).toContain(answer.error?.code);
    expect(answer.error?.message).not.toMatch(SECRET_FREE);
  }
  expect(all.filter((answer) => !answer.ok).length).toBeGreaterThan(500);
  expect(villain.count("problem")).toBe(frames.filter((frame) => !frame.ack).length);
  expect(server.log.lines.filter((line) => line.level === "error")).toEqual([]);
  expect(pair.b.count("signal")).toBe(0);
  expect(pair.a.count("partner-left") + pair.b.count("partner-left")).toBe(0);
  await stillMeets(pair, 1);
});

test.each([
  ["a search with nothing", "find", [], "bad_request"],
  ["a search without its id", "find", [{}], "bad_request"],
  ["a search with two bodies", "find", [{ requestId: "1" }, "more"], "bad_request"],
  ["an id of 101 characters", "find", [{ requestId: "x".repeat(101) }], "bad_request"],
  ["an event that does not exist", "nothing", [{}], "unknown_event"],
  ["an event named error", "error", [{}], "unknown_event"],
  ["an event named __proto__", "__proto__", [{}], "unknown_event"],
  ["an event named constructor", "constructor", [{}], "unknown_event"],
  ["an event named hasOwnProperty", "hasOwnProperty", [{}], "unknown_event"],
  ["a session description above 32 KiB", "signal", [offer("r", 1, "x".repeat(33_000))], "too_large"],
])("[W3] [W4] %s gets a typed error and changes nothing (C75, C76)", async (_what, event, args, code) => {
  const page = await arrive(server);
  expect(await send(page, event, ...args)).toMatchObject({ ok: false, error: { code } });
  expect(await page.request("status", {})).toMatchObject({ ok: true, state: { kind: "idle" } });
});

test("[W3] [W4] an event without an acknowledgement is a problem and is not carried out", async () => {
  const page = await arrive(server);
  page.socket.emit("find", { requestId: "1" });
  expect(await page.next("problem")).toMatchObject({ event: "find", error: { code: "ack_missing" } });
  page.socket.emit("nonsense");
  expect(await page.next("problem")).toMatchObject({ event: "nonsense", error: { code: "unknown_event" } });
  expect(await page.request("status", {})).toMatchObject({ state: { kind: "idle" } });
});

test("[W5] ids of 1 and of 100 characters are fine (C75)", async () => {
  const page = await arrive(server);
  for (const requestId of ["x", "x".repeat(100)])
    expect(await page.request("find", { requestId })).toMatchObject({ ok: true, state: { kind: "queued" } });
});

test.each(["websocket", "polling"])(
  "[W5] a frame above 64 KiB over %s ends its connection and no other (C76)",
  async (transport) => {
    const pair = await meet(server);
    const page = await arrive(server, { options: { transports: [transport] } });
    page.socket.emit("find", { requestId: "x".repeat(70_000) });
    await until("the connection is closed", () => page.closed() !== undefined);
    await stillMeets(pair, 1);
    await until("the server has noticed", async () => (await server.getStats()).totalUsers === 2);
  },
);

test.each([
  ["an event named disconnect", '42["disconnect"]'],
  ["an event named connect_error", '421["connect_error",{}]'],
  ["no event at all", "42[]"],
  ["an event that is an object", "42[{}]"],
  ["no JSON", "42{"],
  ["an acknowledgement of nothing", '4399999["x"]'],
  ["a second hello", '40{"protocol":1}'],
  ["another namespace", "40/admin,{}"],
  ["a promise of binary that does not come", '4551-["find",{"_placeholder":true,"num":0}]'],
  ["attachments without number", '459999999999-["find"]'],
  ["a lone attachment", "bAAAA"],
  ["an unknown packet", "49"],
  ["an engine packet of no kind", "z"],
])("[W6] a raw frame with %s harms nobody else (C76)", async (_what, frame) => {
  const pair = await meet(server);
  const villain = await arrive(server);
  const raw = (villain.socket.io.engine.transport as unknown as { ws: { send(data: string): void } }).ws;
  raw.send(frame);
  await Promise.race([
    villain.request("status", {}).catch(() => undefined),
    until("it is closed", () => villain.closed() !== undefined),
  ]);
  await stillMeets(pair, 1);
  expect(server.log.lines.filter((line) => line.level === "error")).toEqual([]);
});

test("[W6] connections that are cut at any moment leave nothing behind (C6, C10, C28, C37)", async () => {
  const rounds = Array.from({ length: 12 }, async (_, round) => {
    const page = await arrive(server);
    if (round % 2) page.request("find", { requestId: `r${round}` }).catch(() => undefined);
    if (round % 3 === 0) page.socket.io.engine.close();
    else if (round % 3 === 1) page.close();
    else page.drop();
  });
  await Promise.all(rounds);
  await server.empty();
  expect(server.log.lines.filter((line) => line.level === "error")).toEqual([]);
});
