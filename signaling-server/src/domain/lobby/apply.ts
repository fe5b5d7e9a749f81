import { loseSocket } from "./absence.ts";
import { attach } from "./attach.ts";
import type { Answer, Caller, Command, Outcome } from "./command.ts";
import { carryOutDue, planSweep } from "./due.ts";
import { matchSeekers, seekForTheOnlyTwo } from "./matching.ts";
import { beginAnew, DONE, endFlood, find, giveUp, leave, ready, witnessMedia } from "./requests.ts";
import type { Session } from "./session.ts";
import { shutOut } from "./shutting-out.ts";
import type { LobbyState, Transaction } from "./state.ts";
import { callerSession } from "./summaries.ts";

export { createLobbyState, type LobbyState } from "./state.ts";

/**
 * The heart of the service: carries out one command on the lobby and says what came of it.
 *
 * - It changes the lobby in place, and nothing else. The outcome depends only on the lobby, the command and `now`: no clock,
 * no randomness, no I/O, nothing asynchronous.
 * - It never throws, whatever the command says; what a person may not do is answered with an error code.
 * - Time comes first: what is due at `now` is carried out before the command, so it does not matter whether a `tick` came in
 * time.
 * - It takes O(log n) of the number of sessions, apart from notices and the waiting queue: a search looks at its lines, and
 * whoever comes or goes moves the rest of a line in memory; `shut-out` looks at every session, `touch` at those it names.
 * - The answer tells the state after the command. Everybody concerned gets a notice as well, the sender included: with an
 * answer that says `in-room` there is a `matched`. Only the answer to an `attach` has to reach the page before the notices
 * (SPEC W2, W11).
 *
 * @param now a reading of the clock, milliseconds.
 */
export function apply(lobby: LobbyState, command: Command, now: number): Outcome {
  const tx: Transaction = { lobby, now, notices: [], facts: [], seekers: new Set() };
  const onlineBefore = lobby.online;
  carryOutDue(tx);
  const answer = carryOutCommand(tx, command);
  if (lobby.online === 2 && onlineBefore !== 2) seekForTheOnlyTwo(tx);
  matchSeekers(tx);
  planSweep(tx);
  return { answer, notices: tx.notices, facts: tx.facts };
}

function carryOutCommand(tx: Transaction, command: Command): Answer {
  if (command.type === "tick") return DONE;
  if (command.type === "attach") return attach(tx, command);
  if (command.type === "drain") {
    tx.lobby.draining = true;
    return DONE;
  }
  if (command.type === "shut-out") {
    shutOut(tx, command.who);
    return DONE;
  }
  if (command.type === "touch") {
    touch(tx, command.callers);
    return DONE;
  }
  const session = callerSession(tx.lobby, command.caller);
  if (!session) return { ok: false, code: "stale_session" };
  tx.lobby.alive.set(session, true, tx.now);
  switch (command.type) {
    case "detach":
      loseSocket(tx, session, command.cause);
      return DONE;
    case "media":
      return witnessMedia(tx, session, command);
    case "raise-generation":
      return beginAnew(tx, session, command);
    case "flooding":
      return endFlood(tx, session, command.roomId);
    default:
      return once(tx, session, command);
  }
}

/** A socket may be lost, or another one have its session, by the time its last sign of life is told. */
function touch({ lobby, now }: Transaction, callers: readonly Caller[]): void {
  for (const caller of callers) {
    const session = callerSession(lobby, caller);
    if (session) lobby.alive.set(session, true, now);
  }
}

type Request = Extract<Command, { requestId: string }>;

/** A repeated request gets its first answer again, and has no second effect (SPEC Q1). */
function once(tx: Transaction, session: Session, command: Extract<Request, { caller: unknown }>): Answer {
  const { requests } = tx.lobby;
  const key = { sessionId: session.sessionId, type: command.type, requestId: command.requestId };
  const known = requests.recall(key, tx.now);
  if (known) return known;
  const answer = carryOutRequest(tx, session, command);
  // Who waited as told and asks again is not to hear the same.
  if (answer.ok || answer.code !== "rate_limited") requests.remember(key, answer, tx.now);
  return answer;
}

function carryOutRequest(tx: Transaction, session: Session, command: Request): Answer {
  switch (command.type) {
    case "find":
      return find(tx, session, command);
    case "leave":
      return leave(tx, session);
    case "ready":
      return ready(tx, session, command.roomId);
    case "give-up":
      return giveUp(tx, session, command.roomId);
    case "rebuild":
      return beginAnew(tx, session, { ...command, role: "initiator" });
  }
}
