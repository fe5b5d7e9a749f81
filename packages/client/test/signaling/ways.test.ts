import { errorBody } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reduceSignaling } from "../../src/signaling/signaling.machine.ts";
import {
  CLOSED_SIGNALING,
  deadlineOf,
  SIGNALING_RULES,
  type SignalingEffect,
  type SignalingEvent,
  type SignalingState,
} from "../../src/signaling/signaling-state.machine.ts";
import { type KeptPolling, kept, WAY_RULES, type Way } from "../../src/signaling/ways.machine.ts";

type LineEvent = Extract<
  SignalingEvent,
  { type: "line-open" | "line-closed" | "remembered" | "ready" | "attempt-failed" | "lost" | "unheard" }
>;
type Loose<Event> = Event extends unknown ? Omit<Event, "id"> : never;

/** Walks a link through time, and keeps what it does with its lines. */
function walker(
  options: { readonly polling?: KeptPolling; readonly urgent?: boolean; readonly kept?: boolean } = {},
) {
  let state: SignalingState = CLOSED_SIGNALING;
  let now = 1_000_000;
  let { urgent = false } = options;
  let seen: string[] = [];
  const play = (event: SignalingEvent) => {
    const step = reduceSignaling(state, event, { now, random: 0, urgent });
    state = step.state;
    for (const effect of step.effects) seen.push(textOf(effect));
  };
  const line = (event: Loose<LineEvent>) => play({ ...event, id: state.lastId } as SignalingEvent);
  const walk = {
    state: () => state,
    now: () => now,
    play,
    line,
    be: (next: { readonly urgent: boolean }) => {
      urgent = next.urgent;
    },
    /** What was done with lines since the last look. */
    done: () => {
      const all = seen;
      seen = [];
      return all;
    },
    pass(byMs: number) {
      const end = now + byMs;
      for (let at = deadlineOf(state); at !== undefined && at <= end; at = deadlineOf(state)) {
        now = Math.max(at, now);
        play({ type: "tick" });
      }
      now = end;
    },
    /** Until a line is being opened. */
    begin(tokenMs = 0) {
      if (state.at.name !== "connecting") play({ type: "open", force: false });
      line({ type: "remembered", polling: options.polling });
      now += tokenMs;
      line({ type: "ready", kept: options.kept });
    },
    opens: (way: Way) => line({ type: "line-open", way }),
    closes: (way: Way) => line({ type: "line-closed", way, end: "closed" }),
    welcome: () => play({ type: "welcomed", id: state.lastId, tokenExpiresInMs: 9e9, retryWindowMs: 0 }),
    falls: (end: "silent" | "closed") => line({ type: "lost", end }),
    /** The next attempt's token is here. */
    next() {
      for (
        let at = deadlineOf(state);
        state.at.name !== "connecting" && at !== undefined;
        at = deadlineOf(state)
      ) {
        now = Math.max(at, now);
        play({ type: "tick" });
      }
      line({ type: "remembered", polling: undefined });
      line({ type: "ready", kept: options.kept });
    },
    online(way: Way) {
      walk.begin();
      if (way === "polling") walk.closes("websocket");
      walk.opens(way);
      walk.welcome();
      walk.pass(SIGNALING_RULES.stableMs);
      walk.done();
    },
  };
  return walk;
}

const textOf = (effect: SignalingEffect): string =>
  "way" in effect ? `${effect.type} ${effect.way}` : effect.type;
const LEAST = WAY_RULES.silence.leastMs;

describe("the ways to the service", () => {
  it("[W19] a WebSocket that answers is all that is opened", () => {
    const walk = walker();
    walk.begin(100);
    walk.pass(LEAST - 1);
    walk.opens("websocket");
    walk.pass(LEAST - 1);
    walk.welcome();
    walk.pass(60_000);
    expect(walk.done()).toEqual(["attempt", "dial websocket", "greet websocket"]);
    expect(walk.state().at).toMatchObject({ name: "online", way: "websocket" });
  });

  describe("a line that is opened while the token is on its way", () => {
    const beforeToken = () => {
      const walk = walker();
      walk.play({ type: "open", force: false });
      walk.line({ type: "remembered", polling: undefined });
      return walk;
    };

    it("[W19] says hello once both are there, whichever comes first, and may be silent until then", () => {
      const early = beforeToken();
      early.opens("websocket");
      early.pass(LEAST * 2);
      expect(early.done()).toEqual(["attempt", "dial websocket"]);
      early.line({ type: "ready" });
      expect(early.done()).toEqual(["greet websocket"]);

      const late = beforeToken();
      late.pass(100);
      late.line({ type: "ready" });
      late.pass(LEAST - 1);
      expect(late.done()).toEqual(["attempt", "dial websocket"]);
      late.opens("websocket");
      expect(late.done()).toEqual(["greet websocket"]);
    });

    it("[W19] where it was refused, the other way follows with the token", () => {
      const walk = beforeToken();
      walk.closes("websocket");
      walk.line({ type: "ready" });
      walk.opens("polling");
      walk.welcome();
      expect(walk.done()).toEqual([
        "attempt",
        "dial websocket",
        "drop websocket",
        "dial polling",
        "greet polling",
      ]);
      expect(walk.state().ways).toMatchObject({ begin: "polling" });
    });

    it("[W19] where the service closed it because nobody said hello, the same way is opened anew", () => {
      const walk = beforeToken();
      walk.opens("websocket");
      walk.closes("websocket");
      walk.line({ type: "ready" });
      walk.opens("websocket");
      walk.welcome();
      expect(walk.done()).toEqual([
        "attempt",
        "dial websocket",
        "drop websocket",
        "dial websocket",
        "greet websocket",
      ]);
    });

    it("[W19] a token that does not come says nothing about the ways", () => {
      const walk = beforeToken();
      walk.opens("websocket");
      walk.line({ type: "attempt-failed" });
      expect(walk.state()).toMatchObject({ ways: { begin: "websocket" }, bothFailed: false });
    });
  });

  it.each([
    ["before its answer", ["dial websocket"]],
    ["after it was open", ["dial websocket", "greet websocket"]],
  ])("[W19] a WebSocket that is silent %s: polling gets in, within the same attempt", (_where, before) => {
    const walk = walker();
    walk.begin(100);
    if (before.length > 1) walk.opens("websocket");
    walk.pass(LEAST - 1);
    expect(walk.done()).toEqual(["attempt", ...before]);
    walk.pass(1);
    expect(walk.done()).toEqual(["dial polling"]);
    walk.opens("polling");
    expect(walk.done()).toEqual(["drop websocket", "greet polling"]);
    walk.welcome();
    expect(walk.state()).toMatchObject({ attempts: 1, at: { name: "online", way: "polling", attempt: 1 } });
  });

  it("[W19] a WebSocket that is only slow keeps its hello to itself: polling says none, and is let go of", () => {
    const walk = walker();
    walk.begin();
    walk.pass(LEAST);
    walk.pass(500);
    walk.opens("websocket");
    walk.opens("polling");
    walk.pass(LEAST - 1);
    expect(walk.done()).toEqual(["attempt", "dial websocket", "dial polling", "greet websocket"]);
    walk.welcome();
    expect(walk.done()).toEqual(["drop polling"]);
    expect(walk.state().at).toMatchObject({ name: "online", way: "websocket" });
  });

  it("[W19] one that shows a sign of life and then nothing more is silent as well", () => {
    const walk = walker();
    walk.begin();
    walk.pass(LEAST);
    walk.opens("websocket");
    walk.opens("polling");
    walk.done();
    walk.pass(LEAST);
    expect(walk.done()).toEqual(["drop websocket", "greet polling"]);
  });

  it.each([
    [0, 2_000],
    [1_500, 3_000],
    [7_000, 4_000],
  ])("[W19] a service that took %d ms for the token has %d ms", (tokenMs, silentMs) => {
    const walk = walker();
    walk.begin(tokenMs);
    expect(deadlineOf(walk.state())).toBe(Math.min(walk.now() + silentMs, walk.now() - tokenMs + 10_000));
  });

  it("[W19] what another line was silent for does not count as the time that an attempt takes", () => {
    const walk = walker();
    walk.begin();
    walk.pass(LEAST);
    walk.opens("polling");
    walk.pass(100);
    walk.welcome();
    expect(walk.state().tookMs).toBe(100);
  });

  it("[W19] a WebSocket that is refused is followed by polling at once, and a service that is not there by nothing", () => {
    const walk = walker();
    walk.begin();
    walk.closes("websocket");
    walk.closes("polling");
    expect(walk.done()).toEqual(["attempt", "dial websocket", "dial polling", "abandon"]);
    expect(walk.state()).toMatchObject({
      bothFailed: true,
      at: { name: "waiting" },
      ways: { begin: "websocket" },
    });
  });

  it("[W19] one that is closed after its hello costs the attempt, and the next one goes by polling", () => {
    const walk = walker();
    walk.begin();
    walk.opens("websocket");
    walk.closes("websocket");
    walk.next();
    expect(walk.done()).toEqual([
      "attempt",
      "dial websocket",
      "greet websocket",
      "abandon",
      "attempt",
      "dial polling",
    ]);
    walk.opens("polling");
    walk.closes("polling");
    walk.done();
    walk.next();
    expect(walk.done()).toEqual(["attempt", "dial websocket"]);
  });

  it.each([
    ["silent", false, "polling"],
    ["closed", false, "websocket"],
    // Then it was the network, most likely.
    ["silent", true, "websocket"],
  ] as const)(
    "[W19] after a WebSocket went (%s; call in trouble: %s) the next attempt begins with %s",
    (end, urgent, way) => {
      const walk = walker();
      walk.online("websocket");
      walk.be({ urgent });
      walk.falls(end);
      walk.next();
      expect(walk.done()).toEqual(["abandon", "attempt", `dial ${way}`]);
    },
  );

  it.each([
    // How long each connection lasts, and with which way the attempts after the first and the second begin.
    ["soon after its welcome", SIGNALING_RULES.stableMs - 1, ["polling", "websocket"]],
    ["twice within a minute", WAY_RULES.closedWithinMs - 1, ["websocket", "polling"]],
    ["twice, but not within a minute", WAY_RULES.closedWithinMs, ["websocket", "websocket"]],
  ] as const)("[W19] a connection that is closed %s does not work", (_when, lastsMs, begin) => {
    const walk = walker();
    walk.begin();
    for (const way of begin) {
      const front = walk.done().at(-1)?.endsWith("polling") ? "polling" : "websocket";
      walk.opens(front);
      walk.welcome();
      walk.pass(lastsMs);
      walk.falls("closed");
      walk.done();
      walk.next();
      expect(walk.state().at).toMatchObject({ lines: { front: way } });
    }
  });

  it("[W19] in a call in trouble, or in another network, a connection that was closed says nothing of its way", () => {
    const walk = walker();
    walk.begin();
    for (const change of [
      () => walk.be({ urgent: true }),
      () => {},
      () => walk.play({ type: "network-changed" }),
    ]) {
      walk.opens("websocket");
      walk.welcome();
      walk.pass(SIGNALING_RULES.stableMs);
      change();
      walk.falls("closed");
      walk.be({ urgent: false });
      walk.next();
      expect(walk.state().at).toMatchObject({ lines: { front: "websocket" } });
    }
  });

  it("[W19] a request without an answer is silence too", () => {
    const walk = walker();
    walk.online("websocket");
    walk.line({ type: "unheard" });
    walk.next();
    expect(walk.done()).toEqual(["abandon", "attempt", "dial polling"]);
  });

  it("[W19] where polling is silent as well it was not the WebSocket: that comes first again", () => {
    const walk = walker();
    walk.online("websocket");
    walk.falls("silent");
    walk.next();
    walk.pass(SIGNALING_RULES.attemptMs);
    walk.next();
    expect(walk.done()).toEqual([
      "abandon",
      "attempt",
      "dial polling",
      "dial websocket",
      "abandon",
      "attempt",
      "dial websocket",
    ]);
  });

  it("[W19] who got in by polling begins with it, until WebSocket is due again", () => {
    const [firstMs] = WAY_RULES.pausesMs;
    const first = walker();
    first.online("polling");
    const polling = kept(first.state().ways ?? { begin: "websocket", webSocketAt: undefined, silences: 0 });
    expect(polling).toEqual({ webSocketAt: first.now() - SIGNALING_RULES.stableMs + firstMs, silences: 1 });
    if (!polling) return;

    const later = walker({ polling: { ...polling, webSocketAt: 1_000_001 } });
    later.begin();
    expect(later.done()).toEqual(["attempt", "dial polling"]);
    const due = walker({ polling: { ...polling, webSocketAt: 1_000_000 } });
    due.begin();
    expect(due.done()).toEqual(["attempt", "dial websocket"]);
    const inTrouble = walker({ polling: { ...polling, webSocketAt: 1_000_000 }, urgent: true });
    inTrouble.begin();
    expect(inTrouble.done()).toEqual(["attempt", "dial polling"]);
  });

  it("[W19] a clock that was set back makes no pause longer than the longest", () => {
    const walk = walker({ polling: { webSocketAt: 9e12, silences: 1 } });
    walk.online("polling");
    expect(walk.state().ways?.webSocketAt).toBeLessThanOrEqual(walk.now() + (WAY_RULES.pausesMs.at(-1) ?? 0));
  });

  it("[W19] polling that has become silent is followed by WebSocket in the same attempt, which then is the way", () => {
    const walk = walker({ polling: { webSocketAt: 1_500_000, silences: 1 } });
    walk.begin();
    walk.pass(LEAST);
    walk.opens("websocket");
    walk.welcome();
    expect(walk.done()).toEqual([
      "attempt",
      "dial polling",
      "dial websocket",
      "drop polling",
      "greet websocket",
    ]);
    expect(walk.state().ways).toMatchObject({ begin: "websocket", webSocketAt: undefined });
  });

  describe("with a token that the page had, which shows nothing of the service", () => {
    it("[W19] a line may be silent for 4 s after an attempt that came to nothing, for 2 s before, and while a call is in trouble", () => {
      const walk = walker({ kept: true });
      walk.begin();
      expect(deadlineOf(walk.state())).toBe(walk.now() + LEAST);
      walk.closes("websocket");
      walk.closes("polling");
      walk.next();
      expect(deadlineOf(walk.state())).toBe(walk.now() + WAY_RULES.silence.mostMs);
      walk.closes("websocket");
      walk.closes("polling");
      walk.be({ urgent: true });
      walk.next();
      expect(deadlineOf(walk.state())).toBe(walk.now() + LEAST);
    });

    it("[W19] polling that gets in beside a WebSocket says little of it: that is tried again after a minute", () => {
      const walk = walker({ kept: true });
      walk.begin();
      walk.closes("websocket");
      walk.opens("polling");
      walk.welcome();
      walk.done();
      walk.pass(WAY_RULES.troubledPauseMs - 1);
      expect(walk.done()).toEqual([]);
      walk.pass(1);
      expect(walk.done()).toEqual(["dial websocket"]);
      walk.pass(LEAST);
      // Now it does.
      expect(walk.state().ways).toMatchObject({
        webSocketAt: walk.now() + WAY_RULES.pausesMs[0],
        silences: 1,
      });
    });

    it("[W19] polling that is the way because a WebSocket fell silent is so for 10 min, as with any token", () => {
      const walk = walker({ kept: true });
      walk.online("websocket");
      walk.falls("silent");
      walk.next();
      walk.opens("polling");
      walk.welcome();
      expect(walk.state().ways?.webSocketAt).toBe(walk.now() + WAY_RULES.pausesMs[0]);
    });

    it("[W19] both ways that are refused say nothing of the ways", () => {
      const walk = walker({ kept: true });
      walk.begin();
      walk.closes("websocket");
      walk.closes("polling");
      expect(walk.state()).toMatchObject({ bothFailed: false, ways: { begin: "websocket" } });
    });
  });

  describe("trying WebSocket again", () => {
    const pauseMs = WAY_RULES.pausesMs[0];

    it("[W19] happens beside the connection, which ends only when the WebSocket is open", () => {
      const walk = walker();
      walk.online("polling");
      walk.pass(pauseMs - SIGNALING_RULES.stableMs - 1);
      expect(walk.done()).toEqual([]);
      walk.pass(1);
      expect(walk.done()).toEqual(["dial websocket"]);
      expect(walk.state().at.name).toBe("online");
      walk.opens("websocket");
      expect(walk.done()).toEqual(["drop polling", "greet websocket"]);
      walk.welcome();
      expect(walk.state().at).toMatchObject({ name: "online", way: "websocket" });
    });

    it("[W19] [S15] one whose token is refused shows it for a successor: the person stays the same", () => {
      const walk = walker();
      walk.online("polling");
      walk.pass(pauseMs - SIGNALING_RULES.stableMs);
      walk.opens("websocket");
      walk.play({ type: "hello-refused", id: walk.state().lastId, error: errorBody("token_invalid") });
      expect(walk.state()).toMatchObject({ renewed: false, at: { name: "connecting" } });
      expect(walk.done().at(-1)).toBe("attempt");
    });

    it("[W19] costs nothing where it hangs, and is done less and less often", () => {
      const walk = walker();
      walk.online("polling");
      for (const nextMs of [...WAY_RULES.pausesMs.slice(1), WAY_RULES.pausesMs.at(-1)]) {
        walk.pass((walk.state().ways?.webSocketAt ?? 0) - walk.now());
        expect(walk.done()).toEqual(["dial websocket"]);
        walk.pass(LEAST);
        expect(walk.done()).toEqual(["drop websocket"]);
        expect(walk.state().at).toMatchObject({ name: "online", way: "polling" });
        expect(walk.state().ways?.webSocketAt).toBe(walk.now() + (nextMs ?? 0));
      }
    });

    it("[W19] one that is silent after it was open has polling beside it again", () => {
      const walk = walker();
      walk.online("polling");
      walk.pass(pauseMs - SIGNALING_RULES.stableMs);
      walk.opens("websocket");
      walk.done();
      walk.pass(LEAST);
      walk.opens("polling");
      expect(walk.done()).toEqual(["dial polling", "drop websocket", "greet polling"]);
    });

    it("[W19] waits while a call is in trouble, and comes at once in another network", () => {
      const walk = walker();
      walk.online("polling");
      walk.be({ urgent: true });
      walk.pass(pauseMs - SIGNALING_RULES.stableMs);
      expect(walk.done()).toEqual([]);
      walk.be({ urgent: false });
      walk.pass(WAY_RULES.troubledPauseMs - 1);
      expect(walk.done()).toEqual([]);
      walk.pass(1);
      expect(walk.done()).toEqual(["dial websocket"]);

      const roamer = walker();
      roamer.online("polling");
      roamer.play({ type: "network-changed" });
      roamer.pass(0);
      expect(roamer.done()).toEqual(["dial websocket"]);
    });
  });

  it("[W19] whatever the lines do, one hello at most waits for its welcome, and each line is let go of once it is not needed", () => {
    const step = fc.record({
      passMs: fc.constantFrom(0, 100, 1_999, 2_000, 10_000, 700_000),
      what: fc.constantFrom(
        "open",
        "close",
        "remembered",
        "ready",
        "welcome",
        "lost",
        "unheard",
        "network",
        "resync",
        "retry-now",
      ),
      way: fc.constantFrom<Way>("websocket", "polling"),
      end: fc.constantFrom("closed" as const, "silent" as const),
      urgent: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const walk = walker();
        const dialled = new Set<string>();
        const greeted = new Set<string>();
        const follow = () => {
          for (const text of walk.done()) {
            const [type = "", way = ""] = text.split(" ");
            if (type === "dial") {
              expect(dialled.has(way)).toBe(false);
              dialled.add(way);
            }
            if (type === "greet") {
              expect(dialled.has(way) && !greeted.has(way)).toBe(true);
              greeted.add(way);
            }
            if (type === "abandon") dialled.clear();
            if (type === "drop") dialled.delete(way);
            for (const gone of greeted) if (!dialled.has(gone)) greeted.delete(gone);
          }
          expect(greeted.size).toBeLessThanOrEqual(1);
          const { at } = walk.state();
          if (at.name === "online") expect(dialled.has(at.way)).toBe(true);
          else if (at.name !== "connecting") expect(dialled.size).toBe(0);
          if (at.name === "online" && !at.trial) expect(dialled.size).toBe(1);
        };
        walk.play({ type: "open", force: false });
        follow();
        for (const { passMs, what, way, end, urgent } of steps) {
          walk.be({ urgent });
          walk.pass(passMs);
          follow();
          const { at } = walk.state();
          if (what === "open" && dialled.has(way) && !greeted.has(way)) walk.opens(way);
          if (what === "close" && dialled.has(way) && !(at.name === "online" && at.way === way)) {
            dialled.delete(way);
            greeted.delete(way);
            walk.line({ type: "line-closed", way, end });
          }
          if (what === "remembered") walk.line({ type: "remembered", polling: undefined });
          if (what === "ready") walk.line({ type: "ready" });
          if (what === "welcome" && greeted.size > 0) walk.welcome();
          if (what === "lost" && at.name === "online") {
            dialled.delete(at.way);
            walk.falls(end);
          }
          if (what === "unheard" && at.name === "online") walk.line({ type: "unheard" });
          if (what === "network") walk.play({ type: "network-changed" });
          if (what === "resync" || what === "retry-now") walk.play({ type: what });
          follow();
        }
      }),
      { numRuns: 500 },
    );
  });
});
