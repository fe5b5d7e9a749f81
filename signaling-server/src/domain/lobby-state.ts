import { loseSocket } from "./absence.ts";
import { attach } from "./attach.ts";
import type { Answer, Command, Outcome } from "./command.ts";
import { carryOutDue, planSweep } from "./due.ts";
import type { Lobby, Turn } from "./lobby.ts";
import { matchTheOnlyTwo } from "./matching.ts";
import { callerSession } from "./reports.ts";
import { beginAnew, DONE, find, giveUp, leave, ready, witnessMedia } from "./requests.ts";
import type { Session } from "./session.ts";

export { createLobby, type Lobby } from "./lobby.ts";

/**
 * The heart of the service: carries out one command on the lobby and says what came of it.
 *
 * - It changes the lobby in place, and nothing else. The outcome depends only on the lobby, the command and `now`:
 *   no clock, no randomness, no I/O, nothing asynchronous.
 * - It never throws, whatever the command says; what a person may not do is answered with an error code.
 * - Time comes first: what is due at `now` is carried out before the command, so it does not matter whether a `tick`
 *   came in time.
 * - It takes O(log n) of the number of sessions, apart from what there is to say.
 * - The answer tells the state after the command. Everybody concerned gets a notice as well, also the one who asked:
 *   a `matched` follows an answer that says `in-room`. The answer to an `attach` has to reach the page before the notices.
 *
 * @param now a reading of the clock, milliseconds.
 */
export function apply(lobby: Lobby, command: Command, now: number): Outcome {
  const turn: Turn = { lobby, now, notices: [], facts: [] };
  const onlineBefore = lobby.online;
  carryOutDue(turn);
  const answer = carryOutCommand(turn, command);
  if (lobby.online === 2 && onlineBefore !== 2) matchTheOnlyTwo(turn);
  planSweep(turn);
  return { answer, notices: turn.notices, facts: turn.facts };
}

function carryOutCommand(turn: Turn, command: Command): Answer {
  if (command.type === "tick") return DONE;
  if (command.type === "attach") return attach(turn, command);
  const session = callerSession(turn.lobby, command.caller);
  if (!session) return { ok: false, code: "stale_session" };
  turn.lobby.alive.set(session, true, turn.now);
  switch (command.type) {
    case "touch":
      return DONE;
    case "detach":
      loseSocket(turn, session, command.cause);
      return DONE;
    case "media":
      return witnessMedia(turn, session, command);
    case "raise-generation":
      return beginAnew(turn, session, command);
    default:
      return once(turn, session, command);
  }
}

type Request = Extract<Command, { requestId: string }>;

/** A repeated request gets the answer it got, and has no second effect (SPEC I1). */
function once(turn: Turn, session: Session, command: Extract<Request, { caller: unknown }>): Answer {
  const { requests } = turn.lobby;
  const key = { sessionId: session.sessionId, type: command.type, requestId: command.requestId };
  const known = requests.recall(key, turn.now);
  if (known) return known;
  const answer = carryOutRequest(turn, session, command);
  requests.remember(key, answer, turn.now);
  return answer;
}

function carryOutRequest(turn: Turn, session: Session, command: Request): Answer {
  switch (command.type) {
    case "find":
      return find(turn, session, command);
    case "leave":
      return leave(turn, session);
    case "ready":
      return ready(turn, session, command.roomId);
    case "give-up":
      return giveUp(turn, session, command.roomId);
    case "rebuild":
      return beginAnew(turn, session, command);
  }
}
