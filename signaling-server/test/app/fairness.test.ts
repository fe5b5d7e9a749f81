import { Socket as Connection } from "engine.io";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { countTurns, mostInOne } from "./event-loop.ts";
import { mint, NO_HURRY, serve, type TestServer, until } from "./page.ts";
import { frame, openWebSocket } from "./raw.ts";

interface Packet {
  readonly type: string;
  readonly data?: unknown;
}

interface Inside {
  onPacket(packet: Packet): void;
  sendPacket(type: string, data: unknown, ...more: unknown[]): void;
}

/** Begins a large packet. */
const LARGE = '2["x","';

/** The turns of the event loop in which packets that fit are read, or sent. */
let reads: number[];
let sends: number[];
let counter: ReturnType<typeof countTurns>;
let server: TestServer;

beforeEach(async () => {
  [reads, sends] = [[], []];
  counter = countTurns();
  const inside = Connection.prototype as unknown as Inside;
  const { onPacket, sendPacket } = inside;
  vi.spyOn(inside, "onPacket").mockImplementation(function (this: Inside, packet) {
    if (packet.type === "pong" || String(packet.data).startsWith(LARGE)) reads.push(counter.turn());
    onPacket.call(this, packet);
  });
  vi.spyOn(inside, "sendPacket").mockImplementation(function (this: Inside, type, data, ...more) {
    if (String(data).startsWith("3")) sends.push(counter.turn());
    sendPacket.call(this, type, data, ...more);
  });
  server = await serve(NO_HURRY);
});
afterEach(async () => {
  counter.stop();
  vi.restoreAllMocks();
  await server.stop();
});

async function greeted() {
  const line = await openWebSocket(server);
  line.hello((await mint(server)).token);
  await until("the welcome", () => line.received().includes("welcome"));
  return line;
}

const repeated = (bytes: Buffer, times: number) => Buffer.concat(Array.from({ length: times }, () => bytes));

test("[W10] of one connection's frames, however many have come, no more than some are taken before others have their turn", async () => {
  const line = await greeted();
  line.tcp.write(repeated(frame("3"), 1_900));
  await until("all are read", () => reads.length === 1_900);
  expect(mostInOne(reads)).toBeLessThan(100);
  line.tcp.destroy();
});

test("[W10] of one connection's large frames fewer are taken in a row", async () => {
  const line = await greeted();
  line.tcp.write(repeated(frame(`4${LARGE}${"x".repeat(60_000)}"]`), 100));
  await until("all are read", () => reads.length === 100);
  expect(mostInOne(reads)).toBeLessThan(5);
  line.tcp.destroy();
});

test("[W10] of what has come with the frame that is one too many nothing is heeded", async () => {
  const line = await greeted();
  line.tcp.write(repeated(frame("3"), 9_000));
  await until("the end", line.ended);
  expect(line.received()).toContain("protocol_abuse");
  expect(reads.length).toBeLessThan(3_000);
  line.tcp.destroy();
});

test("[W10] a thousand requests of one connection are answered in their order, some in each turn", async () => {
  const line = await greeted();
  const asked = Array.from({ length: 1_000 }, (_, n) => frame(`42${n}["status",{}]`));
  line.tcp.write(Buffer.concat(asked));
  await until("the answers", () => line.received().includes("43999["));
  const answered = [...line.received().matchAll(/43(\d+)\[\{"ok":true/g)].map(([, id]) => Number(id));
  expect(answered).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  expect(mostInOne(sends)).toBeLessThan(100);
  line.tcp.destroy();
});
