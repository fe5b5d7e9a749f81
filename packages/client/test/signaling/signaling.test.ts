import { BYE_CODES, BYE_POLICY, byeOf, ERROR_CODES, errorBody, TIMES } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reduceSignaling } from "../../src/signaling/signaling.machine.ts";
import {
  CLOSED_SIGNALING,
  deadlineOf,
  liveId,
  SIGNALING_RULES,
  type SignalingEffect,
  type SignalingEvent,
  type SignalingState,
} from "../../src/signaling/signaling-state.machine.ts";

/** Plays events into the machine, one after the other. */
function player(random = 0.5) {
  let state: SignalingState = CLOSED_SIGNALING;
  let now = 1_000_000;
  const effects: SignalingEffect[] = [];
  return {
    state: () => state,
    now: () => now,
    effects,
    play(event: SignalingEvent) {
      const step = reduceSignaling(state, event, { now, random });
      state = step.state;
      effects.push(...step.effects);
      return step;
    },
    id: () => liveId(state.at) ?? -1,
    pass(byMs: number) {
      now += byMs;
    },
    /** Moves to the state's deadline. */
    due() {
      const at = deadlineOf(state);
      if (at === undefined) throw new Error("no deadline");
      const waitedMs = at - now;
      now = at;
      this.play({ type: "tick" });
      return waitedMs;
    },
    /** Attempt after attempt comes to nothing, until the slow lane. */
    failUntilOffline() {
      for (let number = 1; number <= 20; number++) {
        this.play({ type: "attempt-failed", id: this.id() });
        if (state.at.name === "offline") return;
        this.due();
      }
      throw new Error("still in the fast lane");
    },
    online() {
      this.play({ type: "open", force: false });
      this.play({ type: "welcomed", id: this.id(), tokenExpiresInMs: 300_000, retryWindowMs: 2_000 });
    },
  };
}

describe("the connection to the service", () => {
  it("[C2] [C16] opens one connection however often it is asked to", () => {
    const link = player();
    for (let press = 0; press < 5; press++) link.play({ type: "open", force: false });
    link.play({ type: "promising" });
    link.play({ type: "retry-now" });
    expect(link.effects).toEqual([{ type: "attempt", id: 1, force: false, renew: false, urgent: false }]);
  });

  it("[C5] [C19] gives an attempt up after 10 s and closes it before the next", () => {
    const link = player();
    link.play({ type: "open", force: false });
    expect(link.due()).toBe(10_000);
    expect(link.effects.at(-1)).toEqual({ type: "abandon", id: 1 });
    expect(link.state().at).toMatchObject({ name: "waiting", attempt: 2 });
  });

  it.each([
    // Half of each pause is fixed, and the other half is chance.
    [0, [250, 325, 423, 549, 714, 928, 1_207, 1_569, 2_039], 2_500, 7, 15_000],
    [0.999_999, [500, 650, 845, 1_098, 1_428, 1_856, 2_413, 3_137, 4_079], 5_000, 2, 30_000],
  ])(
    "[C4] [C23] [C25] makes fast attempts with growing pauses for 25 s, then slow ones in a state of its own (chance %d)",
    (random, growing, lastMs, lastTimes, slowMs) => {
      const link = player(random);
      link.play({ type: "open", force: false });
      const since = link.now();
      const pauses: number[] = [];
      for (;;) {
        link.play({ type: "attempt-failed", id: link.id() });
        if (link.state().at.name === "offline") break;
        expect(link.now() - since).toBeLessThan(25_000);
        pauses.push(link.due());
      }
      expect(pauses).toEqual([...growing, ...Array.from({ length: lastTimes }, () => lastMs)]);
      expect(link.now() - since).toBeGreaterThanOrEqual(25_000);
      for (let slow = 0; slow < 3; slow++) {
        expect(link.due()).toBe(slowMs);
        link.play({ type: "attempt-failed", id: link.id() });
        expect(link.state().at.name).toBe("offline");
      }
    },
  );

  it("[C23] [C25] makes five fast attempts also where each of them takes all of its time", () => {
    const link = player();
    link.play({ type: "open", force: false });
    for (let number = 1; number <= 5; number++) {
      expect(link.state().at).toMatchObject({ name: "connecting", attempt: number });
      expect(link.due()).toBe(10_000);
      if (number < 5) link.due();
    }
    expect(link.state().at.name).toBe("offline");
  });

  it("[T2] comes back more often while a call waits for it than the time a reviving room has", () => {
    const offline: SignalingState = {
      ...CLOSED_SIGNALING,
      lastId: 5,
      at: { name: "connecting", id: 5, attempt: 5, since: 0, until: 10, force: false },
    };
    const moment = { now: 0, random: 0.999 };
    const { state } = reduceSignaling(
      offline,
      { type: "attempt-failed", id: 5 },
      { ...moment, inCall: true },
    );
    expect(state.at.name).toBe("offline");
    expect(deadlineOf(state)).toBeLessThan(10_000);
  });

  it("[L11] while a call is interrupted, attempts are short, follow each other soon, and never end in the slow lane", () => {
    let state: SignalingState = CLOSED_SIGNALING;
    let now = 0;
    const play = (event: SignalingEvent, random: number) => {
      state = reduceSignaling(state, event, { now, random, urgent: true }).state;
    };
    play({ type: "open", force: false }, 0);
    for (let round = 0; round < 20; round++) {
      const random = round % 2 === 0 ? 0 : 0.999_999;
      expect(state.at).toMatchObject({ name: "connecting", attempt: 1, until: now + 3_500 });
      now += 3_500;
      play({ type: "tick" }, random);
      expect(state.at).toMatchObject({ name: "waiting", retryAt: now + (random === 0 ? 300 : 700) });
      now = deadlineOf(state) ?? 0;
      play({ type: "tick" }, random);
    }
  });

  it("[L11] an urgent attempt has twice the time that the last one took, up to 6 s, and a pause that the server asks for counts", () => {
    for (const [tookMs, untilMs] of [
      [100, 3_500],
      [1_800, 3_600],
      [9_000, 6_000],
    ] as const) {
      const link = player();
      link.play({ type: "open", force: false });
      link.pass(tookMs);
      link.play({ type: "welcomed", id: 1, tokenExpiresInMs: 300_000, retryWindowMs: 0 });
      const moment = { now: link.now(), random: 0, urgent: true };
      const { state } = reduceSignaling(link.state(), { type: "unanswered", id: 1 }, moment);
      expect(deadlineOf(state)).toBe(link.now() + untilMs);
      const error = errorBody("unavailable", undefined, 7_000);
      const refused = reduceSignaling(state, { type: "hello-refused", id: 2, error }, moment);
      expect(deadlineOf(refused.state)).toBe(link.now() + 7_000);
    }
  });

  it("[L10] a connection that gives no answer is replaced at once, one attempt at a time", () => {
    const link = player();
    link.online();
    const id = link.id();
    link.play({ type: "unanswered", id });
    expect(link.effects.slice(-2)).toMatchObject([
      { type: "abandon", id },
      { type: "attempt", id: id + 1 },
    ]);
    link.play({ type: "unanswered", id });
    expect(link.id()).toBe(id + 1);
  });

  describe("[L13] when the network is there", () => {
    const urgent = { random: 0, urgent: true };
    const play = (state: SignalingState, event: SignalingEvent, now: number, more = {}) =>
      reduceSignaling(state, event, { ...urgent, now, ...more });
    const reach = (state: SignalingState, now: number, more = {}) =>
      play(state, { type: "reached" }, now, more);
    const opened = play(CLOSED_SIGNALING, { type: "open", force: false }, 0).state;

    it("an attempt that was not heard is made anew, once", () => {
      // It may still be heard.
      expect(reach(opened, 200).effects).toEqual([]);
      // Nobody waits for it.
      expect(reach(opened, 1_000, { urgent: false }).effects).toEqual([]);
      const again = reach(opened, 1_000);
      expect(again.effects).toMatchObject([
        { type: "abandon", id: 1 },
        { type: "attempt", id: 2, urgent: true },
      ]);
      // A service that takes its time for the hello is not asked over and over.
      expect(reach(again.state, 2_000).effects).toEqual([]);
    });

    it("an attempt has twice the time that the last one took, but not more than a second", () => {
      for (const [tookMs, heardMs] of [
        [50, 250],
        [300, 600],
        [3_000, 1_000],
      ] as const) {
        const took = { ...opened, tookMs };
        expect(reach(took, heardMs - 1).effects).toEqual([]);
        expect(reach(took, heardMs).effects).toHaveLength(2);
      }
    });

    it("an attempt that outlived a cut says nothing about how long one takes", () => {
      const cut = { ...opened, tookMs: 100, troubled: true };
      const welcome = { type: "welcomed", tokenExpiresInMs: 300_000, retryWindowMs: 0 } as const;
      expect(play(cut, { ...welcome, id: 1 }, 3_000).state.tookMs).toBe(100);
      const prompted = reach(cut, 3_000).state;
      expect(play(prompted, { ...welcome, id: 2 }, 3_150).state.tookMs).toBe(150);
    });

    it.each([false, true])(
      "one that renews its token (kept: %s) is let be, because it has been answered before",
      (kept) => {
        const error = errorBody("token_invalid");
        const ready = play(opened, { type: "ready", id: 1, kept }, 50).state;
        const renewing = play(ready, { type: "hello-refused", id: 1, error }, 100);
        expect(renewing.effects.at(-1)).toMatchObject({ type: "attempt", renew: !kept });
        expect(reach(renewing.state, 2_000).effects).toEqual([]);
      },
    );

    it("a pause ends, but not one that the server asked for, nor one after an attempt that was made because of it", () => {
      const pausing = play(opened, { type: "attempt-failed", id: 1 }, 1_000).state;
      const again = reach(pausing, 1_000);
      expect(again.effects).toMatchObject([{ type: "attempt", id: 2 }]);
      expect(reach(play(again.state, { type: "attempt-failed", id: 2 }, 1_100).state, 1_100).effects).toEqual(
        [],
      );
      const error = errorBody("unavailable", undefined, 600);
      const held = play(opened, { type: "hello-refused", id: 1, error }, 1_000).state;
      expect(deadlineOf(held)).toBe(1_600);
      expect(reach(held, 1_500).effects).toEqual([]);
    });
  });

  it("[L11] what was planned without haste is done now, and what was begun so ends soon", () => {
    const link = player(0.999_999);
    link.play({ type: "open", force: false });
    link.play({ type: "hurry" });
    expect(link.due()).toBe(3_500);
    // The first pauses are short enough.
    for (let soon = 0; soon < 2; soon++) {
      link.play({ type: "hurry" });
      expect(link.state().at.name).toBe("waiting");
      expect(link.due()).toBeLessThanOrEqual(SIGNALING_RULES.urgent.lastMs);
      link.play({ type: "attempt-failed", id: link.id() });
    }
    link.play({ type: "hurry" });
    expect(link.state().at.name).toBe("connecting");
    link.failUntilOffline();
    link.play({ type: "hurry" });
    expect(link.state().at.name).toBe("connecting");
    link.play({ type: "close" });
    link.play({ type: "hurry" });
    expect(link.state().at.name).toBe("closed");
  });

  it("[C24] comes back within the server's window after a loss, and backs off when it is lost again at once", () => {
    const link = player();
    link.online();
    link.pass(SIGNALING_RULES.stableMs);
    link.play({ type: "lost", id: link.id(), end: "closed" });
    expect(link.state().at).toMatchObject({ name: "waiting", attempt: 1 });
    expect(link.due()).toBe(1_000);
    const since = link.now();
    for (let attempt = 2; link.now() - since < 25_000; attempt++) {
      link.play({ type: "welcomed", id: link.id(), tokenExpiresInMs: 300_000, retryWindowMs: 2_000 });
      link.play({ type: "lost", id: link.id(), end: "closed" });
      expect(link.state().at).toMatchObject({ name: "waiting", attempt });
      link.due();
    }
    link.play({ type: "welcomed", id: link.id(), tokenExpiresInMs: 300_000, retryWindowMs: 2_000 });
    link.play({ type: "lost", id: link.id(), end: "closed" });
    expect(link.state().at.name).toBe("offline");
  });

  it("[C3] tries at once when the network is back or the person says so, and only then leaves the plan", () => {
    for (const type of ["promising", "retry-now"] as const) {
      const link = player();
      link.play({ type: "open", force: false });
      link.failUntilOffline();
      link.pass(TIMES.returnMs);
      link.play({ type });
      expect(link.state().at).toMatchObject({ name: "connecting", attempt: 1 });
    }
  });

  it("[R17] [L11] begins no attempt sooner after the one before because the browser says often that the network is back", () => {
    const link = player();
    link.online();
    const since = link.now();
    for (let time = 0; time < 100; time++) {
      link.play({ type: "lost", id: link.id(), end: "closed" });
      link.play({ type: "promising" });
      if (deadlineOf(link.state()) === link.now()) link.play({ type: "tick" });
      if (link.state().at.name === "connecting")
        link.play({ type: "welcomed", id: link.id(), tokenExpiresInMs: 300_000, retryWindowMs: 2_000 });
      link.pass(50);
    }
    const attempts = link.effects.filter(({ type }) => type === "attempt").length;
    expect(attempts).toBeGreaterThan(5);
    expect(attempts).toBeLessThanOrEqual(1 + Math.ceil((link.now() - since) / TIMES.returnMs));
  });

  it("[E1] reacts to every refusal as the table says", () => {
    const outcomes = Object.fromEntries(
      ERROR_CODES.map((code) => {
        const link = player();
        link.play({ type: "open", force: false });
        link.play({ type: "hello-refused", id: 1, error: errorBody(code, undefined, 7_000) });
        const { at } = link.state();
        return [code, at.name === "refused" ? at.error.code : at.name];
      }),
    );
    expect(outcomes).toMatchObject({
      token_expired: "connecting",
      token_invalid: "connecting",
      token_missing: "connecting",
      identity_unavailable: "waiting",
      unavailable: "waiting",
      internal: "waiting",
      version_unsupported: "version-mismatch",
      superseded: "superseded",
      revoked: "access-revoked",
      bad_request: "protocol-fault",
    });
  });

  it("[C44] [C45] a refused token is renewed once; a second refusal is final until the person tries", () => {
    const link = player();
    link.play({ type: "open", force: false });
    link.play({ type: "hello-refused", id: 1, error: errorBody("token_expired") });
    expect(link.effects.at(-1)).toEqual({ type: "attempt", id: 2, force: false, renew: true, urgent: false });
    link.play({ type: "hello-refused", id: 2, error: errorBody("token_invalid") });
    expect(link.state().at).toMatchObject({ name: "refused", error: { code: "identity-refused" } });
    link.play({ type: "retry-now" });
    expect(link.state().at.name).toBe("connecting");
  });

  it("[S15] [C45] a token that the page had, and that is refused, is shown for another one at once; that one is renewed like any", () => {
    const link = player();
    link.play({ type: "open", force: false });
    link.play({ type: "ready", id: 1, kept: true });
    const error = errorBody("token_invalid");
    link.play({ type: "hello-refused", id: 1, error });
    expect(link.effects.at(-1)).toMatchObject({ type: "attempt", id: 2, renew: false });
    link.play({ type: "ready", id: 2 });
    link.play({ type: "hello-refused", id: 2, error });
    expect(link.effects.at(-1)).toMatchObject({ type: "attempt", id: 3, renew: true });
    link.play({ type: "ready", id: 3 });
    link.play({ type: "hello-refused", id: 3, error });
    expect(link.state().at).toMatchObject({ name: "refused", error: { code: "identity-refused" } });
  });

  it("[S16] whoever is shut out makes no attempt until a press, and knows why", () => {
    const link = player();
    link.online();
    link.play({ type: "bye", id: link.id(), bye: byeOf("revoked") });
    expect(link.state().at).toMatchObject({
      name: "refused",
      error: { code: "access-revoked", action: "none" },
    });
    expect(deadlineOf(link.state())).toBeUndefined();
    link.play({ type: "retry-now" });
    expect(link.state().at.name).toBe("connecting");
  });

  it("waits at least as long as the server asks for", () => {
    const link = player(0);
    link.play({ type: "open", force: false });
    link.play({ type: "hello-refused", id: 1, error: errorBody("unavailable", undefined, 7_000) });
    expect(link.due()).toBe(7_000);
  });

  it("[W8] follows every bye as the table says", () => {
    const nextOf = { now: "connecting", no: "superseded", after: "waiting" } as const;
    for (const code of BYE_CODES) {
      const link = player(0);
      link.online();
      link.pass(60_000);
      link.play({ type: "bye", id: link.id(), bye: byeOf(code, { delayMs: 3_000 }) });
      const next = code === "revoked" ? "refused" : nextOf[BYE_POLICY[code].reconnect];
      expect([code, link.state().at.name]).toEqual([code, next]);
    }
  });

  it("[S11] a session that was taken by something else with this tab's memory is taken back, three times a minute at once", () => {
    const link = player();
    link.online();
    const taken = () => link.play({ type: "bye", id: link.id(), bye: byeOf("session_resumed") });
    const welcomed = () =>
      link.play({ type: "welcomed", id: link.id(), tokenExpiresInMs: 300_000, retryWindowMs: 0 });
    for (let n = 0; n < 3; n += 1) {
      link.pass(6_000);
      taken();
      expect(link.state().at.name).toBe("connecting");
      welcomed();
    }
    link.pass(6_000);
    taken();
    expect(link.state().at.name).toBe("offline");
    const { firstMs, lastMs } = SIGNALING_RULES.slow;
    const waitedMs = link.due();
    expect(waitedMs).toBeGreaterThanOrEqual(firstMs);
    expect(waitedMs).toBeLessThanOrEqual(lastMs);
    welcomed();
    link.pass(60_000);
    taken();
    expect(link.state().at.name).toBe("connecting");
  });

  it("[S11] a page whose connection is taken again and again within seconds goes to the slow lane", () => {
    const link = player();
    link.online();
    for (let n = 0; n < SIGNALING_RULES.fast.attempts; n += 1) {
      link.play({ type: "bye", id: link.id(), bye: byeOf("session_resumed") });
      if (link.state().at.name === "offline") return;
      link.due();
      link.play({ type: "welcomed", id: link.id(), tokenExpiresInMs: 300_000, retryWindowMs: 0 });
    }
    expect(link.state().at.name).toBe("offline");
  });

  it("[S10] an attempt that was not the newest is made anew at once, with the count that the server knows", () => {
    const link = player();
    const bye = { code: "stale_connection", reconnect: "now", newestConnection: 9 } as const;
    link.play({ type: "open", force: true });
    for (let number = 2; number <= SIGNALING_RULES.fast.attempts; number += 1) {
      link.play({ type: "bye", id: link.id(), bye });
      expect(link.state().at).toMatchObject({ name: "connecting", attempt: number, force: true });
    }
    // Something else counts as fast as this page, and no pause of the fast lane helps.
    link.play({ type: "bye", id: link.id(), bye });
    expect(link.state().at.name).toBe("offline");
  });

  it("[S10] that the count was lost is no failure: after many attempts in vain, too, it is made anew at once", () => {
    const link = player();
    link.play({ type: "open", force: false });
    for (let number = 1; number <= 7; number++) {
      link.play({ type: "attempt-failed", id: link.id() });
      link.due();
    }
    link.play({
      type: "bye",
      id: link.id(),
      bye: { code: "stale_connection", reconnect: "now", newestConnection: 9 },
    });
    expect(link.state().at).toMatchObject({ name: "connecting", attempt: 9 });
  });

  it("[S5] two tabs never fight: one that was superseded moves only with force", () => {
    const link = player();
    link.online();
    link.play({ type: "bye", id: link.id(), bye: { code: "superseded", reconnect: "no" } });
    for (const type of ["promising", "retry-now", "tick", "resync"] as const) link.play({ type });
    link.play({ type: "open", force: false });
    expect(link.state().at.name).toBe("superseded");
    expect(deadlineOf(link.state())).toBeUndefined();
    link.play({ type: "open", force: true });
    expect(link.effects.at(-1)).toMatchObject({ type: "attempt", force: true });
    link.play({ type: "attempt-failed", id: link.id() });
    link.due();
    expect(link.effects.at(-1)).toMatchObject({ type: "attempt", force: true });
  });

  it("[C42] plans the next refresh at least 30 s after the last one", () => {
    const link = player();
    link.play({ type: "open", force: false });
    link.play({ type: "welcomed", id: 1, tokenExpiresInMs: 130_000, retryWindowMs: 0 });
    expect(link.due()).toBe(70_000);
    expect(link.effects.at(-1)).toEqual({ type: "refresh-token", id: 1 });
    link.play({ type: "token-refreshed", id: 1, expiresInMs: 50_000 });
    expect(link.due()).toBe(30_000);
  });
});

const anyWay = fc.constantFrom("websocket" as const, "polling" as const);
const anyEnd = fc.constantFrom("closed" as const, "silent" as const);
/** What a tab may remember: WebSocket is due long ago, or far from now. */
const KEPT = { webSocketAt: 1_200_000, silences: 1 };
const ttl = fc.constantFrom(0, 1_000, 20_000, 300_000);

/** Any event; `id` is relative to the newest attempt: mostly that one, sometimes an older one. */
const anyEvent: fc.Arbitrary<SignalingEvent> = fc.oneof(
  fc.record({ type: fc.constant("open" as const), force: fc.boolean() }),
  fc.record({
    type: fc.constantFrom(
      "close",
      "resync",
      "hurry",
      "reached",
      "promising",
      "retry-now",
      "network-changed",
      "tick",
    ),
  }),
  fc
    .tuple(
      fc.constantFrom(0, 0, 0, -1),
      fc.oneof(
        fc.record({
          type: fc.constantFrom(
            "attempt-failed",
            "identity-refused",
            "unanswered",
            "unheard",
            "refresh-failed",
          ),
        }),
        fc.record({ type: fc.constant("lost" as const), end: anyEnd }),
        fc.record({ type: fc.constant("remembered" as const), polling: fc.constantFrom(undefined, KEPT) }),
        fc.record({ type: fc.constant("challenged" as const) }),
        fc.record({ type: fc.constant("ready" as const), kept: fc.boolean() }),
        fc.record({ type: fc.constant("line-open" as const), way: anyWay }),
        fc.record({ type: fc.constant("line-closed" as const), way: anyWay, end: anyEnd }),
        fc.record({
          type: fc.constant("hello-refused" as const),
          error: fc.constantFrom(...ERROR_CODES).map((code) => errorBody(code)),
        }),
        fc.record({
          type: fc.constant("welcomed" as const),
          tokenExpiresInMs: ttl,
          retryWindowMs: fc.constantFrom(0, 5_000),
        }),
        fc.record({
          type: fc.constant("bye" as const),
          bye: fc.record({ code: fc.constantFrom(...BYE_CODES), reconnect: fc.constant("now" as const) }),
        }),
        fc.record({ type: fc.constant("token-refreshed" as const), expiresInMs: ttl }),
      ),
    )
    .map(([id, event]) => ({ ...event, id })),
);

const anyStep = fc.record({
  event: anyEvent,
  passMs: fc.constantFrom(0, 100, 5_000, 40_000),
  random: fc.constantFrom(0, 0.3, 0.999),
});

describe("whatever happens to it", () => {
  it("[C2] [C3] [C16] at most one attempt is alive, deadlines lie ahead, close ends it, and something always leads on", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        let state: SignalingState = CLOSED_SIGNALING;
        let now = 1_000_000;
        let alive: readonly number[] = [];
        const play = (event: SignalingEvent, random = 0) => {
          const step = reduceSignaling(state, event, { now, random });
          state = step.state;
          for (const effect of step.effects) {
            if (effect.type === "abandon") alive = alive.filter((id) => id !== effect.id);
            if (effect.type === "attempt") alive = [...alive, effect.id];
            expect(alive.length).toBeLessThanOrEqual(1);
          }
          expect(alive).toEqual(liveId(state.at) === undefined ? [] : [liveId(state.at)]);
        };
        for (const { event, passMs, random } of steps) {
          now += passMs;
          play({ type: "tick" }, random);
          const before = state;
          play("id" in event ? { ...event, id: state.lastId + event.id } : event, random);
          const late = "id" in event && before.lastId + event.id !== liveId(before.at);
          if (late) expect(state).toBe(before);
          expect(deadlineOf(state) ?? now).toBeGreaterThanOrEqual(now);
        }
        const resting = ["closed", "superseded", "refused"].includes(state.at.name);
        expect(deadlineOf(state) === undefined).toBe(resting);
        if (resting) {
          play({ type: "open", force: true });
          // A pause that the server asked for is not over because the person closes and opens.
          expect(state.at.name).toBe(state.held && state.held.until > now ? "waiting" : "connecting");
        }
        play({ type: "close" });
        expect(state.at).toEqual({ name: "closed" });
        expect(alive).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("[C24] never makes more than five attempts in any two seconds, nor eight in any five, unless somebody asks for them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("fail", "welcome-and-lose", "bye-now"), { minLength: 30, maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (fates, random) => {
          const link = player(random);
          link.play({ type: "open", force: false });
          const startedAt: number[] = [];
          for (const fate of fates) {
            if (link.state().at.name !== "connecting") link.due();
            startedAt.push(link.now());
            const id = link.id();
            if (fate === "fail") link.play({ type: "attempt-failed", id });
            else {
              link.play({ type: "welcomed", id, tokenExpiresInMs: 300_000, retryWindowMs: 0 });
              if (fate === "bye-now")
                link.play({ type: "bye", id, bye: { code: "token_expired", reconnect: "now" } });
              else link.play({ type: "lost", id, end: "closed" });
            }
          }
          for (const [most, withinMs] of [
            [5, 2_000],
            [8, 5_000],
          ] as const)
            for (let first = 0; first + most < startedAt.length; first++)
              expect((startedAt[first + most] ?? 0) - (startedAt[first] ?? 0)).toBeGreaterThanOrEqual(
                withinMs,
              );
        },
      ),
    );
  });
});
