import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod/mini";
import {
  CLIENT_EVENTS,
  DurationMs,
  Epoch,
  Generation,
  Hello,
  Id,
  LIMITS,
  MintRequest,
  RequestId,
  RoomId,
  SERVER_EVENTS,
  SERVER_REQUESTS,
  Sequence,
  SessionId,
  type Signal,
  SignalEnvelope,
  TabId,
  TIMES,
  UserId,
} from "../src/index.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const accepts = (schema: z.core.$ZodType, value: unknown) => z.safeParse(schema, value).success;

const id = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength: LIMITS.idChars })
  .map((letters) => letters.join(""));
const mLine = fc.option(fc.integer({ min: 0, max: 100 }), { nil: null });
const short = (maxLength: number) => fc.option(fc.string({ maxLength }), { nil: null });
const signal: fc.Arbitrary<Signal> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("offer" as const, "answer" as const),
    sdp: fc.string({ minLength: 1, maxLength: 2_000 }),
  }),
  fc.record({
    kind: fc.constant("candidate" as const),
    candidate: fc.record(
      {
        candidate: fc.string({ maxLength: LIMITS.candidateChars }),
        sdpMid: short(LIMITS.idChars),
        sdpMLineIndex: mLine,
        usernameFragment: short(256),
      },
      { requiredKeys: ["candidate", "sdpMid", "sdpMLineIndex"] },
    ),
  }),
);
const envelope = fc.record({
  roomId: id,
  generation: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  sequence: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  signal,
});
const offer = (sdp: unknown) => ({
  roomId: "r",
  generation: 1,
  sequence: 1,
  signal: { kind: "offer", sdp },
});
const candidate = (fields: Record<string, unknown>) => ({
  roomId: "r",
  generation: 1,
  sequence: 1,
  signal: { kind: "candidate", candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 0, ...fields } },
});

describe("ids", () => {
  test.each(Object.entries({ Id, SessionId, RoomId, RequestId, TabId }))(
    "[W5] [C75] %s: 1 to 100 characters of the alphabet, nothing else",
    (_, schema) => {
      void fc.assert(fc.property(id, (value) => accepts(schema, value)));
      expect(accepts(schema, "a".repeat(100))).toBe(true);
      expect(accepts(schema, "a".repeat(101))).toBe(false);
      expect(accepts(schema, "")).toBe(false);
      for (const foreign of [
        "a b",
        "a\n",
        "\na",
        "é",
        "a/b",
        "a.b",
        "a:b",
        "\u0000",
        "😀",
        1,
        null,
        {},
        ["a"],
      ])
        expect(accepts(schema, foreign)).toBe(false);
    },
  );

  test("[C75] a user id is a UUID", () => {
    void fc.assert(fc.property(fc.uuid(), (value) => accepts(UserId, value)));
    for (const value of [
      "",
      "user-1",
      "6f1c2f0e8f5e4d0c9d3b0a4b8a1f7c11",
      "6f1c2f0e-8f5e-4d0c-9d3b-0a4b8a1f7c1",
    ])
      expect(accepts(UserId, value)).toBe(false);
  });

  test("[S1] a device group is a UUID or absent", () => {
    expect(accepts(MintRequest, {})).toBe(true);
    expect(accepts(MintRequest, { deviceGroup: "everybody" })).toBe(false);
  });
});

describe("numbers", () => {
  test.each(Object.entries({ Generation, Sequence, Epoch }))(
    "[W5] %s is a whole number from 1",
    (_, schema) => {
      expect(accepts(schema, 1)).toBe(true);
      for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1", 2 ** 53, null])
        expect(accepts(schema, value)).toBe(false);
    },
  );

  test("[W5] a duration is a whole number of milliseconds from 0", () => {
    expect(accepts(DurationMs, 0)).toBe(true);
    for (const value of [-1, 0.5, Number.NaN, "0"]) expect(accepts(DurationMs, value)).toBe(false);
  });
});

describe("sizes", () => {
  test("[W5] SDP, candidate and token are bounded to the character", () => {
    expect(accepts(SignalEnvelope, offer("x".repeat(LIMITS.sdpChars)))).toBe(true);
    expect(accepts(SignalEnvelope, offer("x".repeat(LIMITS.sdpChars + 1)))).toBe(false);
    expect(accepts(SignalEnvelope, offer(""))).toBe(false);
    expect(accepts(SignalEnvelope, candidate({ candidate: "x".repeat(LIMITS.candidateChars) }))).toBe(true);
    expect(accepts(SignalEnvelope, candidate({ candidate: "x".repeat(LIMITS.candidateChars + 1) }))).toBe(
      false,
    );
    expect(accepts(SignalEnvelope, candidate({ sdpMid: "x".repeat(101) }))).toBe(false);
    expect(accepts(SignalEnvelope, candidate({ sdpMLineIndex: -1 }))).toBe(false);
    const hello = (token: string) => ({ protocol: 1, tabId: "t", token });
    expect(accepts(Hello, hello("x".repeat(LIMITS.tokenChars)))).toBe(true);
    expect(accepts(Hello, hello("x".repeat(LIMITS.tokenChars + 1)))).toBe(false);
  });

  test("[W5] the longest description that is allowed fits into a frame", () => {
    const line = "a=candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0\r\n";
    const sdp = line.repeat(Math.floor(LIMITS.sdpChars / line.length));
    // SDP is ASCII here, so that a character is a byte; line ends cost two characters more in JSON.
    expect(JSON.stringify(["signal", offer(sdp)]).length).toBeLessThan(LIMITS.frameBytes);
  });

  test("[R6] what is kept for an absent partner holds a whole negotiation", () => {
    expect(LIMITS.bufferedBytes).toBeGreaterThanOrEqual(2 * LIMITS.frameBytes);
    expect(TIMES.requestMemoryMs).toBeGreaterThan(TIMES.replyMs);
  });
});

describe("signals", () => {
  test("[R2] a signal is the same after the wire", () => {
    void fc.assert(
      fc.property(envelope, (sent) => {
        const received: unknown = JSON.parse(JSON.stringify(sent));
        expect(z.parse(SignalEnvelope, received)).toEqual(received);
        expect(z.parse(SERVER_EVENTS.signal, received)).toEqual(z.parse(CLIENT_EVENTS.signal.body, received));
      }),
    );
  });
});

describe("malformed payloads", () => {
  const schemas = {
    hello: Hello,
    ...Object.fromEntries(Object.entries(CLIENT_EVENTS).map(([event, { body }]) => [event, body])),
    ...Object.fromEntries(Object.entries(SERVER_EVENTS).map(([event, body]) => [`${event} (server)`, body])),
    ...Object.fromEntries(Object.entries(SERVER_REQUESTS).map(([event, { body }]) => [event, body])),
  };
  test.each(Object.entries(schemas))(
    "[W4] [C76] %s: anything at all is judged without a throw",
    (_, schema) => {
      void fc.assert(
        fc.property(
          fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }),
          (value) => {
            z.safeParse(schema, value);
          },
        ),
      );
    },
  );

  test("[W4] a payload cannot reach an object's prototype", () => {
    const hostile: unknown = JSON.parse('{"requestId": "r", "__proto__": {"polluted": true}}');
    expect(z.parse(CLIENT_EVENTS.find.body, hostile)).toEqual({ requestId: "r" });
    expect("polluted" in {}).toBe(false);
  });
});
