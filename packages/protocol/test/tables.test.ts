import { describe, expect, expectTypeOf, test } from "vitest";
import * as z from "zod/mini";
import {
  BYE_POLICY,
  type ByeCode,
  byeOf,
  CLIENT_EVENTS,
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  type ClientToServerEvents,
  ERROR_ADVICE,
  ERROR_CODES,
  ERROR_POLICY,
  ErrorBody,
  type ErrorCode,
  type ErrorReaction,
  errorBody,
  MintRefusal,
  partnerLeft,
  RoomEndReason,
  reasonOf,
  SERVER_EVENTS,
  SERVER_REQUESTS,
  type ServerBody,
  type ServerEvent,
  type ServerRequest,
  type ServerToClientEvents,
} from "../src/index.ts";

const REACTIONS = [
  "fix",
  "ignore",
  "resync",
  "retry",
  "renew",
  "reload",
  "stop",
] as const satisfies readonly ErrorReaction[];

describe("events", () => {
  test.each(Object.entries(CLIENT_EVENTS))(
    "[W3] %s has a body and a reply that can refuse",
    (_, { body, reply }) => {
      expect(z.safeParse(body, "no object").success).toBe(false);
      for (const code of ERROR_CODES) {
        const refusal = { ok: false, error: errorBody(code) };
        expect(z.parse(reply, refusal)).toEqual(refusal);
      }
      expect(z.safeParse(reply, {}).success).toBe(false);
      expect(z.safeParse(reply, { ok: false }).success).toBe(false);
    },
  );

  test("[W4] no event's schema takes something that is not an object", () => {
    for (const schema of [
      ...Object.values(CLIENT_EVENTS).map(({ body }) => body),
      ...Object.values(SERVER_EVENTS),
      ...Object.values(SERVER_REQUESTS).flatMap(({ body, reply }) => [body, reply]),
    ])
      for (const nonsense of [undefined, null, 1, "text", [], true, () => {}])
        expect(z.safeParse(schema, nonsense).success).toBe(false);
  });

  test("[Q1] what changes the state carries a requestId, what does not carries none", () => {
    const withRequestId = Object.entries(CLIENT_EVENTS)
      .filter(([, { body }]) => "requestId" in body.def.shape)
      .map(([event]) => event);
    expect(withRequestId).toEqual(["find", "leave", "ready", "give-up", "rebuild"]);
  });

  test("[W3] [G7] of what the server says, only the probe is acknowledged, and the socket types know it", () => {
    expect(Object.keys(SERVER_REQUESTS)).toEqual(["probe"]);
    expect(Object.keys(SERVER_EVENTS)).not.toContain("probe");
    type Probe = Parameters<ServerToClientEvents["probe"]>;
    expectTypeOf<Probe[1]>().toEqualTypeOf<(answer: Record<string, never>) => void>();
  });

  test("the Socket.IO event maps and the payload types are inferred from the tables", () => {
    expectTypeOf<keyof ClientToServerEvents>().toEqualTypeOf<ClientEvent>();
    expectTypeOf<keyof ServerToClientEvents>().toEqualTypeOf<ServerEvent | ServerRequest>();
    expectTypeOf<Parameters<ServerToClientEvents["matched"]>>().toEqualTypeOf<[ServerBody<"matched">]>();
    expectTypeOf<ClientBody<"find">>().toEqualTypeOf<{
      requestId: string;
      relayOnly?: boolean | undefined;
      mediaReady?: boolean | undefined;
    }>();
    expectTypeOf<Extract<ClientReply<"refresh-token">, { ok: true }>>().toEqualTypeOf<{
      ok: true;
      expiresInMs: number;
    }>();
    expectTypeOf<ServerBody<"partner-left">>().toEqualTypeOf<{
      roomId: string;
      reason: "next" | "left" | "timeout" | "superseded" | "media-failed" | "server-restart";
      newReason?: RoomEndReason | undefined;
    }>();
  });

  test("[R8] a room ends for one of the reasons that the rules list", () => {
    expect(RoomEndReason.options).toEqual([
      "next",
      "left",
      "timeout",
      "superseded",
      "media-failed",
      "server-restart",
      "flood",
    ]);
  });

  test("[R8] [V2] every page reads why a room ended: a reason that it does not know is told as one that it does", () => {
    const schema = SERVER_EVENTS["partner-left"];
    for (const reason of RoomEndReason.options) {
      const body = z.parse(schema, partnerLeft("room-1", reason));
      expect(reasonOf(body)).toBe(reason);
      expect(RoomEndReason.options.slice(0, 6)).toContain(body.reason);
    }
    const later = { roomId: "room-1", reason: "left", newReason: "of-the-future" };
    expect(reasonOf(z.parse(schema, later))).toBe("left");
  });
});

describe("policies", () => {
  test.each(Object.entries(ERROR_POLICY))("[E1] %s says what its receiver does", (code, { reaction }) => {
    expect(REACTIONS).toContain(reaction);
    expect(ERROR_ADVICE[code as ErrorCode]).toMatch(/^[A-Z].*\.$/);
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });

  test("[E1] every reaction is one that some error asks for", () => {
    expect(new Set(Object.values(ERROR_POLICY).map(({ reaction }) => reaction))).toEqual(new Set(REACTIONS));
  });

  test("[E1] an error body carries the code's own advice, or one sentence that says more, and when to try again", () => {
    for (const code of ERROR_CODES) {
      expect(z.parse(ErrorBody, errorBody(code))).toEqual({ code, message: ERROR_ADVICE[code] });
      const detailed = errorBody(code, "The requestId is too long.", 250);
      expect(z.parse(ErrorBody, detailed)).toEqual({
        code,
        message: "The requestId is too long.",
        retryAfterMs: 250,
      });
    }
    expect(z.safeParse(ErrorBody, { message: "" }).success).toBe(false);
    expectTypeOf<ErrorCode>().toEqualTypeOf<keyof typeof ERROR_POLICY>();
  });

  test("[B12] a code that is newer than its reader is read as unavailable, with all else that it says", () => {
    const error = { code: "of_the_future", message: "?", retryAfterMs: 7 };
    expect(z.parse(ErrorBody, error)).toEqual({ ...error, code: "unavailable" });
    const bye = { code: "of_the_future", reconnect: "sometimes", delayMs: 7 };
    expect(z.parse(SERVER_EVENTS.bye, bye)).toEqual({ code: "unavailable", reconnect: "after", delayMs: 7 });
    for (const code of [undefined, null, 1, {}]) {
      expect(z.safeParse(ErrorBody, { ...error, code }).success).toBe(false);
      expect(z.safeParse(SERVER_EVENTS.bye, { ...bye, code }).success).toBe(false);
    }
  });

  test("[B14] a refused mint says what is asked for, and a kind of it that the page does not know is none", () => {
    const refusal = errorBody("challenge_required");
    const challenge = { kind: "proof-of-work", nonce: "n", bits: 24 };
    expect(z.parse(MintRefusal, { ...refusal, challenge })).toEqual({ ...refusal, challenge });
    for (const strange of [{ kind: "riddle" }, { ...challenge, bits: 25 }, { ...challenge, nonce: "" }, 1])
      expect(z.parse(MintRefusal, { ...refusal, challenge: strange }).challenge).toBeUndefined();
  });

  test("[W8] [S5] [S16] only another tab's page and the operator make a page stay away, and [S11] what is no other tab's is taken back, but not without end", () => {
    const quiet = Object.entries(BYE_POLICY)
      .filter(([, { reconnect }]) => reconnect === "no")
      .map(([code]) => code);
    expect(quiet).toEqual(["superseded", "revoked"] satisfies ByeCode[]);
    expect(byeOf("session_resumed").reconnect).toBe("now");
    expect(BYE_POLICY.session_resumed.atMost).toEqual({ times: 3, withinMs: 60_000 });
  });
});
