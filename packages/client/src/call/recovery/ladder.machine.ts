import type { Role } from "@serendip/protocol";

/** Limits of the recovery of a call, milliseconds. */
export interface LadderRules {
  /** An interruption that has not ended by then ends the room. */
  readonly boundMs: number;
  /** How long each step has to bring the call back before the next one is taken. */
  readonly stepMs: number;
  /** Between two ICE restarts that the partner cannot be told of. */
  readonly aloneMs: number;
  /** An ICE restart has this long to be answered; no other one begins before. */
  readonly answerMs: number;
  /** So many restarts more follow one that was made because nothing came in for a moment. */
  readonly missedRestarts: number;
  /** Before the server is asked again for a new generation. */
  readonly rebuildAskMs: number;
  /** From the beginning of a generation, whoever asked for it, to a request for the next one. */
  readonly generationMs: number;
  /** So long after an interruption the partner may still have to be told of what brings its media back. */
  readonly mendingMs: number;
  /** Browsers check a path that is interrupted for so long, and find it again by themselves. */
  readonly checkedMs: number;
  /** Such a path has this long to come back once the server is there again. */
  readonly revivalMs: number;
  /** The server's word about a partner who closed the connection comes before that. */
  readonly closedMs: number;
}

/** What is tried: an ICE restart, a new peer connection, or a new one through relays only. */
export type Rung = "restart" | "rebuild" | "relay";

/** How far the recovery from one interruption has come. */
export interface Ladder {
  readonly rung: Rung;
  /** When it was reached. */
  readonly rungAt: number;
  /** ICE restarts of this interruption, those that nobody was told of included. */
  readonly restarts: number;
  /** New generations of this interruption, whoever asked for them. */
  readonly rebuilds: number;
  /** The connection of this generation has been there before: an ICE restart can bring it back alone. */
  readonly joined: boolean;
  /** UDP was found to go out again on this rung, which hastens it once. */
  readonly opened: boolean;
  /** The partner was told of a restart on this rung. */
  readonly told: boolean;
  /** No other restart begins before. */
  readonly answerUntil: number;
  /** No other step is taken before. */
  readonly stepUntil: number;
  /** The end of it all. */
  readonly boundUntil: number;
}

/** What a step stands on. */
export interface Footing {
  /** The server hears us, and the partner hears the server. */
  readonly reachable: boolean;
  readonly peer: "open" | "gone";
  readonly role: Role;
  /** No new generation is asked for before. */
  readonly askFrom: number;
}

export type LadderStep =
  | { readonly type: "restart"; readonly tell: "partner" | "nobody" }
  /** Ask for a new generation. */
  | { readonly type: "rebuild" };

/** The first step is due at once, or when the answer to a restart that runs already is. */
export function startLadder(now: number, rules: LadderRules, answerUntil = now): Ladder {
  return {
    rung: "restart",
    rungAt: now,
    restarts: 0,
    rebuilds: 0,
    joined: true,
    opened: false,
    told: false,
    answerUntil,
    stepUntil: Math.max(now, answerUntil),
    boundUntil: now + rules.boundMs,
  };
}

/** Takes the step that is due, if one is. */
export function climb(
  ladder: Ladder,
  { reachable, peer, role, askFrom }: Footing,
  now: number,
  rules: LadderRules,
): { readonly ladder: Ladder; readonly step: LadderStep | undefined } {
  if (ladder.stepUntil > now) return { ladder, step: undefined };
  const rebuilding = reachable && (peer === "gone" || ladder.told);
  if (!rebuilding && ladder.answerUntil > now)
    return { ladder: { ...ladder, stepUntil: ladder.answerUntil }, step: undefined };
  if (!reachable) {
    const waiting = { ...ladder, told: false, stepUntil: now + rules.aloneMs };
    // The responder makes no offers, and without a first answer there is nothing whose checks could be kept going.
    if (peer === "gone" || role === "responder" || !ladder.joined)
      return { ladder: waiting, step: undefined };
    return { ladder: restarted(waiting, now, rules), step: { type: "restart", tell: "nobody" } };
  }
  if (rebuilding)
    return askFrom > now
      ? { ladder: { ...ladder, stepUntil: askFrom }, step: undefined }
      : { ladder: { ...ladder, stepUntil: now + rules.rebuildAskMs }, step: { type: "rebuild" } };
  const told = { ...ladder, told: true, stepUntil: now + rules.stepMs };
  return { ladder: restarted(told, now, rules), step: { type: "restart", tell: "partner" } };
}

function restarted(ladder: Ladder, now: number, rules: LadderRules): Ladder {
  return { ...ladder, restarts: ladder.restarts + 1, answerUntil: now + rules.answerMs };
}

/** Something has changed that makes a restart worth while now: another network, or a partner who can be told again. */
export function hasten(ladder: Ladder, now: number): Ladder {
  return { ...ladder, told: false, stepUntil: Math.max(now, ladder.answerUntil) };
}

/** The connection is gone for good. One that had never been there is given the time of its step all the same. */
export function loseJoined(ladder: Ladder, now: number): Ladder {
  return ladder.joined ? { ...ladder, joined: false, stepUntil: Math.min(now, ladder.stepUntil) } : ladder;
}

/** A new generation has begun, whoever asked for it. `turn`: there is a relay to try. */
export function nextRung(ladder: Ladder, turn: boolean, now: number, rules: LadderRules): Ladder {
  const tried = now - ladder.rungAt >= rules.stepMs;
  // A relay may be what does not work: the ways take turns.
  const relayed = ladder.rung === "relay" ? !tried : ladder.rung === "rebuild" && tried;
  const rung = relayed && turn ? "relay" : "rebuild";
  return {
    ...ladder,
    rung,
    // Generations that follow each other soon are one try of the same ways.
    rungAt: rung === ladder.rung && !tried ? ladder.rungAt : now,
    rebuilds: ladder.rebuilds + 1,
    joined: false,
    opened: false,
    told: false,
    answerUntil: now + rules.answerMs,
    stepUntil: now + rules.stepMs,
  };
}
