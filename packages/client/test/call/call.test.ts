import type { RoomView, SessionState } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reduceCall } from "../../src/call/call.machine.ts";
import type { CallEffect, CallEvent, PeerEvent, RoomMessage } from "../../src/call/call-event.machine.ts";
import { activeRequest, holdsPeer, isInRoom, roomOf } from "../../src/call/call-facts.machine.ts";
import { CALL_RULES, type CallState, deadlineOf, initialCall } from "../../src/call/call-state.machine.ts";
import { chatProblems, statusOf } from "../../src/chat/chat-view.machine.ts";
import { CLOSED_SIGNALING } from "../../src/signaling/signaling-state.machine.ts";
import { PROBLEMS } from "../../src/words/problems.ts";

const IDLE: SessionState = { kind: "idle" };
const CROWD = { online: 2, waiting: 1 };

function player() {
  let state = initialCall("seed");
  let now = 1_000_000;
  let last: readonly CallEffect[] = [];
  const self = {
    state: () => state,
    at: () => state.at,
    now: () => now,
    effects: () => last,
    kinds: () => last.map(({ type }) => type),
    requestId: () => activeRequest(state) ?? "",
    play(...events: readonly CallEvent[]) {
      for (const event of events) {
        const step = reduceCall(state, event, now);
        state = step.state;
        last = step.effects;
      }
      return self;
    },
    pass(byMs: number) {
      now += byMs;
      return self.play({ type: "tick" });
    },
    room: (change: Partial<RoomView> = {}): RoomView => ({
      roomId: "room-1",
      generation: 1,
      role: "initiator",
      partner: "present",
      requestId: self.requestId(),
      ...change,
    }),
    searching() {
      self.play({ type: "start" }, { type: "signaling-up", state: IDLE });
      const captureId = state.at.phase === "requesting-media" ? state.at.captureId : -1;
      self.play({ type: "code-ready", captureId }, { type: "media-ready", captureId });
      return self.play({
        type: "answered",
        ask: "find",
        requestId: self.requestId(),
        state: { kind: "queued", requestId: self.requestId() },
        crowd: CROWD,
      });
    },
    connecting(change: Partial<RoomView> = {}) {
      self.searching();
      return self.play({ type: "matched", body: { room: self.room(change) } });
    },
    connected() {
      self.connecting();
      return self.play({ type: "peer-connected", roomId: "room-1", generation: 1 });
    },
  };
  return self;
}

const peer = (type: PeerEvent["type"], generation = 1, roomId = "room-1"): PeerEvent => ({
  type,
  roomId,
  generation,
});

describe("a chat, step by step", () => {
  it("captures and connects side by side on Start, and asks for a partner when all is there", () => {
    const chat = player().play({ type: "start" });
    expect(chat.kinds()).toEqual(["capture", "connect"]);
    chat.play({ type: "signaling-up", state: IDLE });
    expect(chat.effects()).toEqual([]);
    chat.play({ type: "media-ready", captureId: 1 });
    expect(chat.effects()).toEqual([]);
    chat.play({ type: "code-ready", captureId: 1 });
    expect(chat.kinds()).toEqual(["find"]);
  });

  it("ignores what comes of an older capture", () => {
    const chat = player().play({ type: "start" }, { type: "stop" }, { type: "start" });
    chat.play({ type: "media-ready", captureId: 1 }, { type: "code-ready", captureId: 1 });
    expect(chat.at()).toMatchObject({ phase: "requesting-media", captured: false, codeUntil: 1_015_000 });
    chat.play({ type: "media-failed", captureId: 1, error: PROBLEMS.mediaAborted });
    expect(chat.at().phase).toBe("requesting-media");
  });

  it("[M6] says ready and opens the connection in the role of the match", () => {
    const chat = player().connecting({ role: "responder" });
    expect(chat.effects()).toEqual([
      { type: "ready", roomId: "room-1" },
      { type: "open-peer", room: { roomId: "room-1", generation: 1, role: "responder" } },
    ]);
    expect(chat.at()).toMatchObject({ phase: "connecting", until: chat.now() + 15_000 });
  });

  it("[L5] [M7] gives up a partner who begins anew, or stays away, again and again", () => {
    for (const how of ["anew", "away"] as const) {
      const chat = player().connecting();
      const since = chat.now();
      for (let generation = 2; chat.at().phase === "connecting" && generation < 100; generation += 1) {
        const body = { roomId: "room-1", generation, role: "initiator" } as const;
        if (how === "anew") chat.play({ type: "partner-back", body });
        else
          chat.play({
            type: "partner-away",
            body: { roomId: "room-1", cause: "dropped", graceMs: 10_000 },
          });
        chat.pass(5_000);
      }
      expect(chat.at()).toMatchObject({ phase: "searching", givingUp: true });
      expect(chat.now() - since, how).toBe(CALL_RULES.boundMs);
    }
  });

  it("[M3] takes a match announced twice once, and one of another request never", () => {
    const chat = player().connecting();
    chat.play({ type: "matched", body: { room: chat.room() } });
    expect(chat.effects()).toEqual([]);
    chat.play({ type: "matched", body: { room: chat.room({ roomId: "other", requestId: "old" }) } });
    expect(chat.effects()).toEqual([]);
    expect(roomOf(chat.state())?.roomId).toBe("room-1");
  });

  it("[M7] a requeued search keeps its request, and nothing leads back into the room", () => {
    const chat = player().connecting();
    const { requestId } = chat.room();
    chat.play({ type: "requeued", body: { requestId, roomId: "room-1", reason: "timeout" } });
    expect(chat.at()).toMatchObject({ phase: "searching", requestId, placed: true });
    expect(chat.kinds()).toEqual(["status", "close-peer"]);
    chat.play({ type: "matched", body: { room: chat.room() } });
    const late: SessionState = { kind: "in-room", room: chat.room() };
    chat.play({ type: "answered", ask: "find", requestId, state: late, crowd: CROWD });
    expect(chat.at().phase).toBe("searching");
    chat.play({ type: "matched", body: { room: chat.room({ roomId: "room-2" }) } });
    expect(chat.at()).toMatchObject({ phase: "connecting" });
  });

  it("[M7] looks for another room when the one it gives up has ended meanwhile", () => {
    for (const end of ["answer", "event"] as const) {
      const chat = player().connecting().pass(15_000);
      expect(chat.kinds()).toEqual(["give-up", "close-peer"]);
      const requestId = chat.requestId();
      if (end === "answer")
        chat.play({
          type: "ask-failed",
          ask: "give-up",
          requestId,
          code: "not_in_room",
          retryAfterMs: undefined,
        });
      else chat.play({ type: "partner-left", body: { roomId: "room-1", reason: "left" } });
      expect(chat.effects()).toMatchObject([{ type: "find" }]);
      expect(chat.requestId()).not.toBe(requestId);
    }
  });

  it("[R7] nothing of a room follows its end", () => {
    const chat = player().connected();
    chat.play({ type: "partner-left", body: { roomId: "room-1", reason: "next" } });
    const over = chat.at();
    chat.play(
      { type: "partner-back", body: { roomId: "room-1", generation: 2, role: "initiator" } },
      { type: "partner-away", body: { roomId: "room-1", cause: "dropped", graceMs: 10_000 } },
      { type: "partner-left", body: { roomId: "room-1", reason: "left" } },
      peer("peer-connected"),
    );
    expect(chat.at()).toBe(over);
  });

  it("[R13] starts anew in the given role when the generation grew while it was offline", () => {
    const chat = player().connected().play({ type: "signaling-down" });
    expect(chat.at().phase).toBe("connected");
    const room = chat.room({ generation: 3, role: "responder" });
    chat.play({ type: "signaling-up", state: { kind: "in-room", room } });
    expect(chat.effects()).toEqual([
      { type: "close-peer" },
      { type: "open-peer", room: { roomId: "room-1", generation: 3, role: "responder" } },
    ]);
    chat.play(peer("peer-connected", 1));
    expect(chat.at().phase).toBe("reconnecting");
    chat.play(peer("peer-connected", 3));
    expect(chat.at().phase).toBe("connected");
  });

  it("[R4] an older generation than ours changes nothing", () => {
    const chat = player().connecting({ generation: 5 });
    const before = chat.state();
    chat.play({ type: "partner-back", body: { roomId: "room-1", generation: 4, role: "responder" } });
    expect(chat.state()).toBe(before);
  });

  it("[C28] Next while searching, and while nothing goes on, does nothing", () => {
    const idle = player().play({ type: "next" });
    expect(idle.state()).toEqual(initialCall("seed"));
    const chat = player().searching();
    const before = chat.state();
    chat.play({ type: "next" });
    expect(chat.state()).toBe(before);
  });

  it("[M4] Next in a call leaves it by looking for the next partner, with a request of its own", () => {
    const chat = player().connected();
    const requestId = chat.requestId();
    chat.play({ type: "next" });
    expect(chat.kinds()).toEqual(["find", "close-peer"]);
    expect(chat.requestId()).not.toBe(requestId);
  });

  it("[M4] Next without a connection to the server is said as soon as there is one", () => {
    const chat = player().connected();
    const room = chat.room();
    chat.play({ type: "signaling-down" }, { type: "next" });
    expect(chat.kinds()).toEqual(["close-peer"]);
    expect(deadlineOf(chat.state())).toBeUndefined();
    chat.play({ type: "signaling-up", state: { kind: "in-room", room } });
    expect(chat.kinds()).toEqual(["find"]);
  });

  it("[R7] a returned partner whose connection is dead on our side gets a new generation", () => {
    const chat = player().connected();
    chat.play({ type: "partner-away", body: { roomId: "room-1", cause: "dropped", graceMs: 10_000 } });
    chat.play(peer("peer-failed"));
    expect(chat.kinds()).toEqual(["close-peer"]);
    expect(holdsPeer(chat.state())).toBe(false);
    chat.play({ type: "partner-back", body: { roomId: "room-1", generation: 1, role: "initiator" } });
    expect(chat.kinds()).toEqual(["rebuild"]);
  });

  it("a connection that was closed does not connect any more", () => {
    const chat = player().connected().play(peer("peer-closed"));
    const before = chat.state();
    chat.play(peer("peer-connected"));
    expect(chat.state()).toBe(before);
    expect(before.at).toMatchObject({ phase: "reconnecting", partner: "closed", peer: "gone" });
  });

  it("keeps counting the call from its first picture, whatever interrupted it", () => {
    const chat = player().connected();
    const since = chat.now();
    chat.pass(5_000).play(peer("peer-interrupted"), peer("media-stalled"));
    expect(statusOf(chat.state()).phase).toBe("reconnecting");
    chat.pass(2_000).play(peer("peer-connected"));
    expect(statusOf(chat.state())).toMatchObject({ phase: "connected", since });
  });
});

const generation = fc.constantFrom(1, 1, 1, 2, 3);
const roomId = fc.constantFrom("room-1", "room-1", "room-2");
/** Stands for the present request of the state that the event meets. */
const MINE = "mine";
const requestId = fc.constantFrom(MINE, MINE, MINE, "another");
const role = fc.constantFrom("initiator" as const, "responder" as const);
const view = fc.record({
  roomId,
  generation,
  role,
  partner: fc.constantFrom("present" as const, "away" as const),
  requestId,
});
const session: fc.Arbitrary<SessionState> = fc.oneof(
  fc.constant(IDLE),
  fc.record({ kind: fc.constant("queued" as const), requestId }),
  fc.record({ kind: fc.constant("in-room" as const), room: view }),
);
const ask = fc.constantFrom("find" as const, "give-up" as const, "status" as const);
const reason = fc.constantFrom("next" as const, "left" as const, "timeout" as const);

const roomMessage: fc.Arbitrary<RoomMessage> = fc.oneof(
  fc.record({ type: fc.constant("matched" as const), body: fc.record({ room: view }) }),
  fc.record({ type: fc.constant("requeued" as const), body: fc.record({ requestId, roomId, reason }) }),
  fc.record({
    type: fc.constant("partner-away" as const),
    body: fc.record({
      roomId,
      cause: fc.constant("dropped" as const),
      graceMs: fc.constantFrom(0, 3_000, 30_000),
    }),
  }),
  fc.record({ type: fc.constant("partner-back" as const), body: fc.record({ roomId, generation, role }) }),
  fc.record({ type: fc.constant("partner-left" as const), body: fc.record({ roomId, reason }) }),
);

const anyEvent: fc.Arbitrary<CallEvent> = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      ...([
        "start",
        "next",
        "stop",
        "try-again",
        "take-over",
        "signaling-down",
        "superseded",
        "tick",
      ] as const),
    ),
  }),
  fc.record({ type: fc.constantFrom("start", "signaling-down", "next", "network-changed", "ice-renewed") }),
  fc.record({ type: fc.constant("turn" as const), offered: fc.boolean() }),
  fc.record({ type: fc.constant("resume" as const), requestId: fc.constant("of-before") }),
  fc.record({
    type: fc.constant("go-on" as const),
    target: fc.record({ requestId: fc.constant("of-before"), roomId, until: fc.nat() }),
  }),
  fc.constant<CallEvent>({ type: "page-kept" }),
  fc.record({
    type: fc.constantFrom("media-ready" as const, "code-ready" as const),
    captureId: fc.constantFrom(0, 0, -1),
  }),
  fc.record({
    type: fc.constant("media-failed" as const),
    captureId: fc.constantFrom(0, -1),
    error: fc.constant(PROBLEMS.mediaAborted),
  }),
  fc.record({ type: fc.constant("signaling-up" as const), state: session }),
  fc.record({
    type: fc.constant("signaling-refused" as const),
    error: fc.constant(PROBLEMS.versionMismatch),
  }),
  fc.record({
    type: fc.constant("answered" as const),
    ask,
    requestId,
    state: session,
    crowd: fc.constant(CROWD),
  }),
  fc.record({
    type: fc.constant("ask-failed" as const),
    ask,
    requestId,
    code: fc.constantFrom("request-lost", "unavailable", "not_in_room", "bad_request", "stale_session"),
    retryAfterMs: fc.constantFrom(undefined, 4_000),
  }),
  roomMessage,
  roomMessage,
  fc.constant<CallEvent>({ type: "relay-lost" }),
  fc.record({
    type: fc.constantFrom(
      "peer-connected",
      "peer-connected",
      "peer-interrupted",
      "peer-closed",
      "peer-failed",
      "media-stalled",
      "media-flows",
    ),
    roomId,
    generation,
  }),
);

/** Puts the state's own ids where the arbitrary says so. */
function aimed(event: CallEvent, state: CallState): CallEvent {
  if ("captureId" in event) {
    const newest = state.at.phase === "requesting-media" ? state.at.captureId : state.serial;
    return { ...event, captureId: newest + event.captureId };
  }
  const mine = activeRequest(state) ?? "none";
  return JSON.parse(JSON.stringify(event).replaceAll(`"${MINE}"`, `"${mine}"`)) as CallEvent;
}

/** Performs effects on paper: what would be open after them. */
function ledger() {
  const open = { media: false, link: false, peer: undefined as string | undefined };
  return {
    open,
    book(effects: readonly CallEffect[]) {
      for (const effect of effects) {
        if (effect.type === "capture") open.media = true;
        if (effect.type === "release-media") open.media = false;
        if (effect.type === "connect") open.link = true;
        if (effect.type === "disconnect") open.link = false;
        if (effect.type === "close-peer") open.peer = undefined;
        if (effect.type === "open-peer") {
          expect(open.peer).toBeUndefined();
          open.peer = `${effect.room.roomId}/${effect.room.generation}`;
        }
      }
    },
  };
}

const anyStep = fc.record({
  event: anyEvent,
  passMs: fc.constantFrom(0, 0, 100, 3_000, 16_000, 60_000),
});

describe("whatever happens to it", () => {
  it("[C3] [C6] [C28] never throws, holds one peer at most and exactly in a room, keeps deadlines ahead, ends idle and empty on Stop", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (steps) => {
        let state = initialCall("seed");
        let now = 1_000_000;
        const books = ledger();
        const play = (event: CallEvent) => {
          const step = reduceCall(state, event, now);
          state = step.state;
          books.book(step.effects);
          const over = state.at.phase === "idle" || state.at.phase === "failed";
          // Who goes back to a room is asked for the camera once that is there.
          const asking = state.at.phase === "returning" && !state.at.captured;
          expect(books.open.media).toBe(!over && !asking);
          expect(books.open.link).toBe(!over);
          const room = isInRoom(state.at) ? state.at.room : undefined;
          const held = holdsPeer(state) && room ? `${room.roomId}/${room.generation}` : undefined;
          expect(books.open.peer).toBe(held);
          if (deadlineOf(state) !== undefined) expect(state.at.phase).not.toBe("idle");
        };
        for (const { event, passMs } of steps) {
          now += passMs;
          play({ type: "tick" });
          expect(deadlineOf(state) ?? now + 1).toBeGreaterThan(now);
          play(aimed(event, state));
        }
        play({ type: "stop" });
        expect(state.at).toEqual({ phase: "idle" });
        expect(books.open).toEqual({ media: false, link: false, peer: undefined });
        expect(deadlineOf(state)).toBeUndefined();
        expect(chatProblems(state, CLOSED_SIGNALING)).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("[C35] with a server that answers, every chat gets to a queue within a bounded time, wherever it was", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        let state = initialCall("seed");
        let now = 1_000_000;
        let queue: CallEffect[] = [];
        const play = (event: CallEvent) => {
          const step = reduceCall(state, event, now);
          state = step.state;
          queue.push(...step.effects);
        };
        for (const { event, passMs } of steps) {
          now += passMs;
          play({ type: "tick" });
          play(aimed(event, state));
        }
        queue = [];
        // From here on the world behaves: the server holds nothing, media is given, connections never come about.
        // Who wants one room and no other is told first that it is gone.
        if (state.at.phase === "returning" || state.at.phase === "requesting-media")
          play({ type: "signaling-up", state: IDLE });
        if (state.at.phase === "idle" || state.at.phase === "failed") play({ type: "start" });
        for (const type of ["code-ready", "media-ready"] as const)
          if (state.at.phase === "requesting-media") play({ type, captureId: state.at.captureId });
        play({ type: "signaling-up", state: IDLE });
        if (state.at.phase === "connected") play({ type: "next" });
        let server: SessionState = IDLE;
        const limit = now + CALL_RULES.autoNextMs + 2 * CALL_RULES.askMs;
        while (now <= limit) {
          for (let effect = queue.shift(); effect; effect = queue.shift()) {
            if (effect.type === "find") server = { kind: "queued", requestId: effect.requestId };
            if (effect.type === "find" || effect.type === "status" || effect.type === "give-up")
              play({
                type: "answered",
                ask: effect.type,
                requestId: effect.requestId,
                state: server,
                crowd: CROWD,
              });
          }
          if (state.at.phase === "searching" && state.at.placed) break;
          now = deadlineOf(state) ?? limit + 1;
          play({ type: "tick" });
        }
        expect(state.at).toMatchObject({ phase: "searching", placed: true });
        expect(server).toEqual({ kind: "queued", requestId: activeRequest(state) });
      }),
      { numRuns: 1_000 },
    );
  });
});
