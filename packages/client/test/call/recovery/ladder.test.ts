import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reduceCall } from "../../../src/call/call.machine.ts";
import type { CallEffect, CallEvent } from "../../../src/call/call-event.machine.ts";
import { CALL_RULES, type CallState, deadlineOf, initialCall } from "../../../src/call/call-state.machine.ts";
import { statusOf } from "../../../src/chat/chat-view.machine.ts";

const { boundMs, stepMs, aloneMs, answerMs, closedMs, rebuildAskMs, checkedMs, revivalMs } = CALL_RULES;
const ROOM = "room-1";
const START = 1_000_000;

/** What the machine is told of its present connection, without the ids. */
type Plain =
  | "peer-connected"
  | "peer-interrupted"
  | "peer-closed"
  | "peer-failed"
  | "media-missed"
  | "media-stalled"
  | "media-flows";

/** A call at some instant, and what it did until then. */
function callOf(role: "initiator" | "responder" = "initiator") {
  let now = START;
  let state: CallState = {
    ...initialCall("seed"),
    online: true,
    at: {
      phase: "connected",
      since: now,
      requestId: "seed-1",
      room: { roomId: ROOM, generation: 1, role },
      partner: "present",
      path: "up",
      flow: "flowing",
      restart: undefined,
    },
  };
  let done: string[] = [];

  const name = (effect: CallEffect): string => {
    if (effect.type === "restart-ice") return `restart ${effect.tell}`;
    if (effect.type === "open-peer") return effect.room.relayOnly ? "open relay" : "open";
    return effect.type;
  };

  const self = {
    state: () => state,
    at: () => state.at,
    phase: () => state.at.phase,
    now: () => now,
    generation: () => ("room" in state.at ? state.at.room.generation : 0),
    take(event: CallEvent) {
      const step = reduceCall(state, event, now);
      state = step.state;
      done.push(...step.effects.map(name));
      return self;
    },
    hear(...types: readonly Plain[]) {
      for (const type of types) self.take({ type, roomId: ROOM, generation: self.generation() });
      return self;
    },
    cut: () => self.hear("peer-interrupted", "media-stalled"),
    away: (graceMs = 45_000) =>
      self.take({ type: "partner-away", body: { roomId: ROOM, cause: "silent", graceMs } }),
    back: (raise = 0) =>
      self.take({
        type: "partner-back",
        body: { roomId: ROOM, generation: self.generation() + raise, role },
      }),
    signalingUp: (partner: "present" | "away" = "present") =>
      self.take({
        type: "signaling-up",
        state: {
          kind: "in-room",
          room: { roomId: ROOM, generation: self.generation(), role, partner, requestId: "seed-1" },
        },
      }),
    /** Lets time pass as a clock does: from deadline to deadline. */
    pass(byMs: number) {
      const end = now + byMs;
      for (let due = deadlineOf(state); due !== undefined && due <= end; due = deadlineOf(state)) {
        now = Math.max(now, due);
        self.take({ type: "tick" });
      }
      now = end;
      return self;
    },
    /** What was done since the last question. */
    did() {
      const effects = done;
      done = [];
      return effects;
    },
  };
  return self;
}

describe("the recovery of a call, step by step", () => {
  it("[L1] neither ICE nor a silence alone interrupts a call, in either order both do", () => {
    const call = callOf().hear("peer-interrupted");
    expect(call.phase()).toBe("connected");
    call.hear("peer-connected", "media-stalled");
    expect([call.phase(), call.did()]).toEqual(["connected", []]);
    call.hear("media-flows", "peer-interrupted");
    expect(call.phase()).toBe("connected");
    call.hear("media-stalled");
    expect([call.phase(), call.did()]).toEqual(["reconnecting", ["restart partner"]]);
    const silent = callOf().hear("media-stalled");
    expect(silent.phase()).toBe("connected");
    silent.hear("peer-interrupted");
    expect([silent.phase(), silent.did()]).toEqual(["reconnecting", ["restart partner"]]);
  });

  it("[L1] bytes that come in again end the interruption, before ICE knows it", () => {
    const call = callOf().cut().hear("media-flows");
    expect(call.at()).toMatchObject({ phase: "connected", since: START, path: "down" });
    call.hear("media-stalled");
    expect(call.phase()).toBe("reconnecting");
    call.hear("peer-connected");
    expect(call.at()).toMatchObject({ phase: "connected", path: "up", flow: "flowing" });
  });

  it("[L2] [L3] [L4] [L5] climbs from a restart to new generations, through the relay where there is one, and gives up at the bound", () => {
    for (const turn of [true, false]) {
      const call = callOf().take({ type: "turn", offered: turn }).cut();
      const rungs: string[] = [];
      for (let elapsed = 0; elapsed < boundMs; elapsed += 100) {
        const effects = call.did();
        if (effects.length > 0) rungs.push(`${elapsed}: ${effects.join()}`);
        if (effects.includes("rebuild")) call.back(1);
        const opened = call.did();
        if (opened.length > 0) rungs.push(`${elapsed}: ${opened.join()}`);
        call.pass(100);
      }
      const expected = ["0: restart partner"];
      for (let at = stepMs; at < boundMs; at += 2 * stepMs) {
        expected.push(
          `${at}: rebuild`,
          `${at}: close-peer,${turn && at % (4 * stepMs) === 3 * stepMs ? "open relay" : "open"}`,
        );
        if (at + stepMs < boundMs) expected.push(`${at + stepMs}: restart partner`);
      }
      expect(rungs).toEqual(expected);
      expect(call.did()).toEqual(["give-up", "close-peer"]);
      expect(call.at()).toMatchObject({ phase: "searching", former: ROOM, placed: true });
    }
  });

  it("[L4] a room for relays only stays one, and one that is not stays open", () => {
    const call = callOf().take({ type: "turn", offered: true }).cut().back(1).pass(stepMs).back(1);
    expect(call.did().at(-1)).toBe("open relay");
    expect(call.at()).not.toHaveProperty("room.relayOnly");
  });

  it("[L3] asks again for a generation that does not come, and takes one that the partner asked for", () => {
    const call = callOf().cut().pass(stepMs);
    expect(call.did()).toEqual(["restart partner", "rebuild"]);
    call.pass(rebuildAskMs);
    expect(call.did()).toEqual(["rebuild"]);
    call.back(1);
    expect(call.at()).toMatchObject({ ladder: { rung: "rebuild", rebuilds: 1, joined: false } });
  });

  it("[L2] without the server or the partner nothing is torn down, and only the initiator keeps its checks going", () => {
    for (const why of ["link down", "partner away"] as const)
      for (const role of ["initiator", "responder"] as const) {
        const call = callOf(role);
        if (why === "link down") call.take({ type: "signaling-down" });
        else call.away();
        call.cut().pass(boundMs - 1_000);
        const restarts = Array.from({ length: boundMs / aloneMs }, () => "restart nobody");
        expect(call.did(), `${why} ${role}`).toEqual(role === "initiator" ? restarts : []);
        if (why === "link down") call.signalingUp();
        else call.back();
        expect(call.did()).toEqual([why === "link down" ? "rebuild" : "restart partner"]);
      }
  });

  it("[L2] who can be told again is told at once, though not within the time of an answer", () => {
    const call = callOf().away().cut();
    expect(call.did()).toEqual(["restart nobody"]);
    call.pass(100).back();
    expect(call.did()).toEqual([]);
    call.pass(answerMs - 100);
    expect(call.did()).toEqual(["restart partner"]);
    call.pass(1_000).away().pass(1_000).back();
    expect(call.did()).toEqual(["restart partner"]);
  });

  it("[L2] a call that its own checks alone brought back tells a restart as soon as it can", () => {
    const call = callOf().take({ type: "signaling-down" }).cut().pass(aloneMs);
    expect(call.did()).toEqual(["restart nobody", "restart nobody"]);
    call.hear("peer-connected").pass(10_000);
    expect([call.phase(), call.did()]).toEqual(["connected", []]);
    call.signalingUp();
    expect([call.phase(), call.did()]).toEqual(["connected", ["restart partner"]]);
    call.pass(60_000);
    expect(call.did()).toEqual([]);
  });

  it("[L2] a welcome that finds the partner away tells nothing", () => {
    const call = callOf("responder").take({ type: "signaling-down" }).cut().signalingUp("away").pass(aloneMs);
    expect(call.did()).toEqual([]);
    expect(statusOf(call.state())).toMatchObject({ cause: "partner" });
  });

  it("[L6] [L9] another network restarts a call whose media flows, once each time, and told when somebody can be told", () => {
    const call = callOf().take({ type: "network-changed" });
    expect([call.phase(), call.did()]).toEqual(["connected", ["restart partner"]]);
    call.pass(100).take({ type: "network-changed" }).take({ type: "network-changed" });
    expect(call.did()).toEqual([]);
    call.pass(answerMs);
    expect(call.did()).toEqual(["restart partner"]);
    call.pass(60_000);
    expect(call.did()).toEqual([]);
    call.take({ type: "signaling-down" }).take({ type: "network-changed" });
    expect(call.did()).toEqual(["restart nobody"]);
    call.pass(3_000).signalingUp();
    expect(call.did()).toEqual(["restart partner"]);
    call.pass(3_000).signalingUp().take({ type: "ice-renewed" });
    expect(call.did()).toEqual(["restart partner"]);
    expect(call.phase()).toBe("connected");
  });

  it("[L7] [L9] the first missed bytes restart a call some times while they are missed, and again for who can be told again", () => {
    const call = callOf().hear("media-missed");
    expect([call.phase(), call.did()]).toEqual(["connected", ["restart partner"]]);
    call.pass(100).away().pass(1_000).back();
    expect(call.did()).toEqual(["restart partner"]);
    call.pass(60_000);
    expect(call.did()).toEqual(Array.from({ length: 5 }, () => "restart partner"));
    call.hear("media-flows").signalingUp().pass(60_000);
    expect(call.did()).toEqual([]);
    call.hear("media-missed").pass(100).hear("media-flows").pass(60_000);
    expect(call.did()).toEqual(["restart partner"]);
  });

  it("[L6] another network in the middle of an interruption does not wait for the next step", () => {
    const call = callOf().cut().pass(1_000).take({ type: "network-changed" });
    expect(call.did()).toEqual(["restart partner", "restart partner"]);
    call.pass(stepMs);
    expect(call.did()).toEqual(["rebuild"]);
  });

  it("[L3] a connection that is gone for good is made anew at once, but a new one that fails has the time of its step", () => {
    const call = callOf().hear("peer-failed");
    expect(call.did()).toEqual(["close-peer", "rebuild"]);
    call.back(1).hear("peer-failed");
    expect(call.did()).toEqual(["close-peer", "open", "close-peer"]);
    call.pass(stepMs - 1);
    expect(call.did()).toEqual([]);
    call.pass(1);
    expect(call.did()).toEqual(["rebuild"]);
  });

  it("[L3] where the way to the server was dead as well, a new connection is asked for as soon as it is there again", () => {
    for (const silence of ["media-missed", "media-stalled"] as const) {
      const call = callOf().hear(silence);
      call.did();
      call.take({ type: "signaling-down" }).pass(100).signalingUp();
      expect([call.phase(), call.did()], silence).toEqual(["reconnecting", ["rebuild"]]);
      call.back(1).hear("peer-connected");
      expect(call.phase()).toBe("connected");
    }
    const flowing = callOf().take({ type: "signaling-down" }).signalingUp();
    expect([flowing.phase(), flowing.did()]).toEqual(["connected", []]);
  });

  it("[L3] a path that was interrupted lately is given a moment to come back by itself, a longer gone one is not", () => {
    const lately = callOf()
      .cut()
      .take({ type: "signaling-down" })
      .pass(checkedMs - 1);
    lately.did();
    lately.signalingUp().pass(revivalMs - 1);
    expect(lately.did()).toEqual([]);
    lately.hear("peer-connected").pass(10_000);
    expect([lately.phase(), lately.did()]).toEqual(["connected", []]);
    const gone = callOf()
      .cut()
      .take({ type: "signaling-down" })
      .pass(checkedMs - 1);
    gone.did();
    expect(gone.signalingUp().pass(revivalMs).did()).toEqual(["rebuild"]);
    const long = callOf().cut().take({ type: "signaling-down" }).pass(checkedMs);
    long.did();
    expect(long.signalingUp().did()).toEqual(["rebuild"]);
  });

  it("[L4] new generations that follow each other sooner than a step takes are no reason for the relay", () => {
    const call = callOf().take({ type: "turn", offered: true }).cut();
    call
      .pass(100)
      .back(1)
      .pass(stepMs - 1)
      .back(1);
    expect(call.did()).toEqual(["restart partner", "close-peer", "open", "close-peer", "open"]);
    call.pass(stepMs).back(1);
    expect(call.did()).toEqual(["restart partner", "close-peer", "open relay"]);
    call.pass(100).back(1);
    expect(call.did()).toEqual(["close-peer", "open relay"]);
  });

  it("[L7] [L14] UDP that goes out again hastens each step once, and lets a new connection that is due come", () => {
    const open = { type: "network-opened" } as const;
    const call = callOf().cut();
    call.pass(answerMs);
    call.did();
    expect(call.take(open).did()).toEqual(["restart partner"]);
    expect(call.pass(1_000).take(open).did()).toEqual([]);
    call.pass(stepMs);
    expect(call.did()).toEqual(["rebuild"]);
    call.back(1).pass(answerMs);
    call.did();
    expect(call.take(open).did()).toEqual(["restart partner"]);
    const due = callOf().cut().take({ type: "signaling-down" }).pass(1_000);
    due.did();
    due.signalingUp().take(open);
    expect(due.did()).toEqual([]);
    expect(due.pass(revivalMs).did()).toEqual(["rebuild"]);
    const connected = callOf().hear("media-missed");
    connected.did();
    connected.pass(answerMs - 1).take(open);
    // What is left of the restarts of this silence follows all the same.
    expect(connected.pass(30_000).did().length).toBeGreaterThanOrEqual(6);
  });

  it("[L3] a partner's page that closed the connection and is still there gets a new one", () => {
    const call = callOf().hear("peer-closed");
    expect(statusOf(call.state())).toMatchObject({ phase: "reconnecting", cause: "partner" });
    call.pass(closedMs - 1);
    expect(call.did()).toEqual(["close-peer"]);
    call.pass(1);
    expect(call.did()).toEqual(["rebuild"]);
    expect(statusOf(call.state())).toMatchObject({ cause: "media" });
  });

  it("[L5] the bound counts from the interruption, whatever the ladder does meanwhile", () => {
    const call = callOf().cut();
    const until = START + boundMs;
    expect(statusOf(call.state())).toMatchObject({ since: START, until });
    call.pass(20_000).away().pass(20_000).back(1).take({ type: "network-changed" });
    expect(statusOf(call.state())).toMatchObject({ since: START, until });
    call.hear("peer-connected").pass(60_000).cut();
    expect(statusOf(call.state())).toMatchObject({ since: START + 100_000 });
  });
});

const plain = fc.constantFrom<Plain>(
  "peer-connected",
  "peer-interrupted",
  "peer-interrupted",
  "peer-closed",
  "peer-failed",
  "media-missed",
  "media-stalled",
  "media-stalled",
  "media-flows",
);

type Call = ReturnType<typeof callOf>;
const anyTurn: fc.Arbitrary<(call: Call) => unknown> = fc.oneof(
  plain.map((type) => (call: Call) => call.hear(type)),
  fc.constantFrom<(call: Call) => unknown>(
    (call) => call.cut(),
    (call) => call.away(3_000),
    (call) => call.away(),
    (call) => call.back(),
    (call) => call.back(1),
    (call) => call.take({ type: "signaling-down" }),
    (call) => call.signalingUp(),
    (call) => call.signalingUp("away"),
    (call) => call.take({ type: "network-changed" }),
    (call) => call.take({ type: "ice-renewed" }),
    (call) => call.take({ type: "turn", offered: true }),
    (call) => call.take({ type: "turn", offered: false }),
  ),
);
const anyStep = fc.record({
  turn: anyTurn,
  passMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20_000 })),
});

describe("the recovery of a call, whatever happens to it", () => {
  it("[L1] [L2] [L5] [C27] no state without an exit, never two restarts at once, and it ends connected or requeued within its bound", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), fc.boolean(), (steps, initiator) => {
        const call = callOf(initiator ? "initiator" : "responder");
        let restartedAt = Number.NEGATIVE_INFINITY;
        let since: number | undefined;
        const look = () => {
          const { phase } = call.at();
          for (const effect of call.did()) {
            // A new generation closes the connection whose restart still ran.
            if (effect.startsWith("open")) restartedAt = Number.NEGATIVE_INFINITY;
            if (!effect.startsWith("restart")) continue;
            expect(call.now() - restartedAt).toBeGreaterThanOrEqual(answerMs);
            restartedAt = call.now();
            if (!initiator && effect === "restart nobody") expect(phase).toBe("connected");
          }
          expect(["connected", "reconnecting", "searching"]).toContain(phase);
          if (phase === "reconnecting") {
            since ??= call.now();
            expect(deadlineOf(call.state())).toBeGreaterThanOrEqual(call.now());
            expect(call.now() - since).toBeLessThanOrEqual(boundMs);
          } else {
            // Nobody is given up earlier, and nobody whose media flows.
            if (phase === "searching") expect(call.now() - (since ?? call.now())).toBe(boundMs);
            since = undefined;
          }
        };
        for (const { turn, passMs } of steps) {
          if (call.phase() === "searching") return;
          turn(call);
          look();
          for (let end = call.now() + passMs; call.now() < end && call.phase() !== "searching"; ) {
            const due = deadlineOf(call.state()) ?? end;
            call.pass(Math.min(Math.max(due - call.now(), 1), end - call.now()));
            look();
          }
        }
        if (call.phase() !== "reconnecting") return;
        call.pass(boundMs);
        expect(call.phase()).toBe("searching");
      }),
      { numRuns: 3_000 },
    );
  });
});
