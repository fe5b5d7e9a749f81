import { LIMITS, type SignalEnvelope } from "@serendip/protocol";
import { Socket as Connection } from "engine.io";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as ws from "ws";
import { arrive, meet, NO_HURRY, offer, serve, type TestServer, until } from "./page.ts";
import { fragments, frame } from "./raw.ts";
import { arriveRaw, type RawPerson } from "./raw-person.ts";

/** The clock stands still unless it is turned, so that each play of a script is the same. */
const time = vi.hoisted(() => ({ turn: (_ms: number): void => undefined }));
vi.mock(import("@serendip/time"), async (importOriginal) => {
  const { manualClock } = await import("@serendip/time/testing");
  const clock = manualClock();
  time.turn = clock.advance;
  return { ...(await importOriginal()), steadyClock: () => clock };
});
const way = vi.hoisted(() => ({ isShort: true }));
vi.mock(import("../../src/edge/engine/short-way.ts"), async (importOriginal) => {
  const real = await importOriginal();
  return {
    ...real,
    writeShortly: (connection) => (way.isShort ? real.writeShortly(connection) : undefined),
    onlyHandsOn: (connection, webSocket) => way.isShort && real.onlyHandsOn(connection, webSocket),
  };
});

interface Packet {
  readonly data?: unknown;
}
const Engine = Connection.prototype as unknown as {
  onPacket(packet: Packet): void;
  sendPacket(type: string, data: unknown): void;
};
/** What the WebSocket library exports beside its types. */
const { Sender } = ws as unknown as {
  readonly Sender: { readonly prototype: { sendFrame(parts: readonly unknown[]): void } };
};
/** What the page's Engine.IO keeps beside its types. */
interface Upgrading {
  _probe(transport: string): void;
}

/** Longer than the server waits for anybody when it stops. */
const LONG_MS = 60_000;
/** A step of the clock while the server forgets people. */
const STEP_MS = 2_000;

let server: TestServer;
beforeEach(async () => {
  way.isShort = true;
  server = await serve(NO_HURRY);
});
afterEach(async () => {
  vi.restoreAllMocks();
  const stopped = server.stop();
  time.turn(LONG_MS);
  await stopped;
});

/** What one person puts into a TCP segment beside others. */
type Piece = (who: RawPerson) => Buffer;

const text = (message: string): Buffer => frame(message);
const event = (name: string, body: unknown, id: number | "" = ""): string =>
  `42${id}${JSON.stringify([name, body])}`;
const request =
  (name: string, body: (who: RawPerson) => object = () => ({})): Piece =>
  (who) => {
    const id = who.nextId();
    return text(event(name, { requestId: `r${id}`, ...body(who) }, id));
  };
const inRoom = (who: RawPerson) => ({ roomId: who.roomId() });
const CANDIDATE = { candidate: "candidate:1 1 udp 1 192.0.2.1 9 typ host", sdpMid: "0", sdpMLineIndex: 0 };
const place = (roomId: string, sequence: number) => ({ roomId, generation: 1, sequence });
const candidate = (who: RawPerson, more: object = {}, line = CANDIDATE.candidate) => ({
  ...place(who.roomId(), who.nextSequence()),
  signal: { kind: "candidate", candidate: { ...CANDIDATE, candidate: line } },
  ...more,
});
const description = (who: RawPerson) =>
  offer(who.roomId(), who.nextSequence(), `v=0\r\na=${"x".repeat(2_500)}\r\n`);
const bare =
  (body: (who: RawPerson) => object): Piece =>
  (who) =>
    text(event("signal", body(who)));

const PIECES: Readonly<Record<string, Piece>> = {
  candidate: bare((who) => candidate(who)),
  description: bare(description),
  restart: bare((who) => ({ ...candidate(who), signal: { kind: "restart" } })),
  "with an acknowledgement": (who) => text(event("signal", candidate(who), who.nextId())),
  repeated: bare((who) => ({ ...candidate(who), sequence: who.lastSequence() - 1 || 1 })),
  "before a hole": bare((who) => candidate(who, { sequence: who.lastSequence() + 5 })),
  "another room": bare((who) => candidate(who, { roomId: "another" })),
  "an old generation": bare((who) => candidate(who, { generation: 0 })),
  "a later generation": bare((who) => candidate(who, { generation: 7 })),
  "one field more": bare((who) => candidate(who, { more: 1 })),
  "no signal": bare(() => ({})),
  spaced: (who) => text(event("signal", candidate(who)).replace(",", ", ")),
  "no ASCII": bare((who) => candidate(who, {}, "candidate:é€")),
  "no ASCII, twice": (who) =>
    Buffer.concat([0, 1].map(() => text(event("signal", candidate(who, {}, "candidate:é€"))))),
  "in fragments": (who) => fragments(event("signal", candidate(who)), 3),
  sixteen: (who) => Buffer.concat(Array.from({ length: 16 }, () => text(event("signal", candidate(who))))),
  status: request("status"),
  media: request("media", (who) => ({ ...inRoom(who), generation: 1, flowing: true })),
  ready: request("ready", inRoom),
  leave: request("leave"),
  find: request("find"),
  rebuild: request("rebuild", (who) => ({ ...inRoom(who), generation: 1 })),
  "no event": request("song"),
  "no acknowledgement": () => text(event("status", {})),
  unloading: request("unloading"),
  "a ping of the WebSocket": () => frame("x", 9),
  "a pong of the engine": () => text("3"),
  "a goodbye to the engine, which heeds none": () => text("1"),
};
/** A description, and 49 candidates after it. */
const nthSignal = (roomId: string, sequence: number): SignalEnvelope =>
  sequence % 50 === 1
    ? offer(roomId, sequence)
    : { ...place(roomId, sequence), signal: { kind: "candidate", candidate: CANDIDATE } };

/** What ends the connection; others may follow in the same segment. */
const ENDS: Readonly<Record<string, Piece>> = {
  "Socket.IO's goodbye": () => text("41"),
  "the WebSocket's": () => frame("", 8),
  "a binary frame": () => frame("x", 2),
  "no packet": () => text("4x"),
  "another hello": () => text("40{}"),
};

interface Script {
  /** Who wants the signals acknowledged together (SPEC R20). */
  readonly together: readonly [boolean, boolean];
  readonly segments: readonly { readonly by: 0 | 1; readonly pieces: readonly string[] }[];
  readonly end: readonly string[];
}

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("candidate", "description", "no ASCII, twice") },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(PIECES)) },
);
const scripts: fc.Arbitrary<Script> = fc.record({
  together: fc.tuple(fc.boolean(), fc.boolean()),
  segments: fc.array(
    fc.record({ by: fc.constantFrom(0 as const, 1 as const), pieces: fc.array(piece, { maxLength: 8 }) }),
    { maxLength: 6 },
  ),
  end: fc.tuple(piece, fc.constantFrom(...Object.keys(ENDS)), piece),
});

/** Values that differ from one pair to the next. */
const withoutIds = (line: string): string =>
  line.replaceAll(/"(roomId|sessionId|ticket|resumeSecret)":"[^"]*"/g, '"$1":""');

/** Also the pong of the WebSocket. */
const ANSWER = /^(1 43|10 )/;

/**
 * Everything that two people hear who play the script: events and all else in their order. Answers have an id, and of requests that
 * the store is asked for no order that could be relied on; those of the last segment come before the end, or do not.
 */
async function hear(people: readonly [RawPerson, RawPerson], { segments, end }: Script) {
  for (const person of people) await person.ask("find", { requestId: "find" });
  const before = people.map((person) => person.frames().length);
  const heard = () =>
    people.map((person, at) =>
      person
        .frames()
        .slice(before[at])
        .map((one) => `${one.opcode} ${withoutIds(one.text)}`),
    );
  const bytesOf = (by: 0 | 1, pieces: readonly string[]) =>
    Buffer.concat(pieces.map((name) => (PIECES[name] ?? ENDS[name])?.(people[by]) ?? Buffer.alloc(0)));
  for (const { by, pieces } of segments) {
    people[by].write(bytesOf(by, pieces));
    for (const person of [people[by], people[1 - by]]) await person?.ask("status");
  }
  const answers = heard().map((lines) => lines.filter((line) => ANSWER.test(line)).sort());
  people[0].write(bytesOf(0, end));
  await until("the end", people[0].isClosed);
  await people[1].ask("status");
  return { answers, rest: heard().map((lines) => lines.filter((line) => !ANSWER.test(line))) };
}

/** What two new people hear; nobody is left after it. */
async function play(script: Script, isShort: boolean) {
  way.isShort = isShort;
  const helloOf = (together: boolean) => (together ? { cumulativeAcks: true } : {});
  const [first, second] = script.together;
  const people = [
    await arriveRaw(server, "a", helloOf(first)),
    await arriveRaw(server, "b", helloOf(second)),
  ] as const;
  try {
    return await hear(people, script);
  } finally {
    for (const person of people) person.destroy();
    await until("they are gone", async () => (await server.getStats()).totalSockets === 0);
    await until("they are forgotten", async () => {
      time.turn(STEP_MS);
      return (await server.getStats()).totalUsers === 0;
    });
  }
}

describe("[W1] the short way", () => {
  test("[R2] [R20] brings each page what Socket.IO's way brings it, in the same order, whatever is sent in one piece", async () => {
    let signals = 0;
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        const long = await play(script, false);
        expect(await play(script, true)).toEqual(long);
        signals += long.rest.flat().filter((line) => line.includes('42["signal"')).length;
      }),
      { numRuns: 25, endOnFailure: true },
    );
    expect(signals).toBeGreaterThan(30);
  }, 60_000);

  test("leads past Engine.IO and the WebSocket library, which this rests on the inside of", async () => {
    const { a, b, roomId } = await meet(server, { cumulativeAcks: true });
    const seen: string[] = [];
    const note = (messages: readonly unknown[]) => seen.push(...messages.map(String));
    vi.spyOn(Engine, "onPacket").mockImplementation((packet) => void note([packet.data]));
    vi.spyOn(Engine, "sendPacket").mockImplementation((_type, data) => void note([data]));
    vi.spyOn(Sender.prototype, "sendFrame").mockImplementation((parts) => void note(parts));
    for (let sequence = 1; sequence <= LIMITS.signalsPerAck; sequence += 1)
      a.socket.emit("signal", offer(roomId, sequence));
    expect(await a.next("acked")).toEqual({ roomId, generation: 1, upTo: LIMITS.signalsPerAck });
    await until("the signals", () => b.count("signal") === LIMITS.signalsPerAck);
    expect(seen).toEqual([]);
  });

  test("[R20] [W11] brings an acknowledgement of eight signals right before a signal of the partner", async () => {
    const { a, b, roomId } = await meet(server, { cumulativeAcks: true });
    for (let sequence = 1; sequence <= 8; sequence += 1) a.socket.emit("signal", offer(roomId, sequence));
    await until("the signals", () => b.count("signal") === 8);
    expect(a.count("acked")).toBe(0);
    for (const sequence of [1, 2]) await b.request("signal", offer(roomId, sequence));
    await until("theirs", () => a.count("signal") === 2);
    const heard = a.heard.filter(({ event: name }) => name === "acked" || name === "signal");
    expect(heard.map(({ body }) => body)).toEqual([
      { roomId, generation: 1, upTo: 8 },
      offer(roomId, 1),
      offer(roomId, 2),
    ]);
  });

  test("[R2] [R3] is not taken by polling, and no signal is lost or overtaken while a connection goes over to a WebSocket", async () => {
    const polling = { transports: ["polling", "websocket"], upgrade: false };
    const hello = { cumulativeAcks: true };
    const [a, b] = [await arrive(server, { hello }), await arrive(server, { hello, options: polling })];
    for (const page of [a, b]) await page.request("find", { requestId: "find" });
    const { roomId } = (await a.next("matched")).room;
    const { engine } = b.socket.io;
    let sequence = 0;
    let more = 20;
    while (more > 0) {
      sequence += 1;
      if (sequence === 20) (engine as unknown as Upgrading)._probe("websocket");
      if (engine.transport.name === "websocket") more -= 1;
      for (const { socket } of [a, b]) socket.emit("signal", nthSignal(roomId, sequence));
      await new Promise(setImmediate);
    }
    for (const page of [a, b]) {
      await until("all signals", () => page.count("signal") === sequence);
      const bodies = page.heard.flatMap(({ event: name, body }) => (name === "signal" ? [body] : []));
      expect(bodies).toEqual(Array.from({ length: sequence }, (_, n) => nthSignal(roomId, n + 1)));
    }
  });
});
