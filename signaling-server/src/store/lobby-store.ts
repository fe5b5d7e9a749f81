import type { Crowd, SessionId, SessionState, UserId } from "@serendip/protocol";
import type { Caller, Command, LobbyStats, Outcome, SessionOwner } from "../domain/lobby/command.ts";
import type { LobbyView } from "../domain/lobby/summaries.ts";

/** What the caller is doing and how many others there are. */
export interface SessionStatus {
  readonly state: SessionState;
  readonly crowd: Crowd;
  /** 1 is next; only for a waiting session. */
  readonly position: number | undefined;
}

/** A command that has been carried out, with what it brought about. */
export interface Played {
  readonly command: Command;
  readonly outcome: Outcome;
  /**
   * What `nextDeadline` would answer after it, from a store that has it at hand; Infinity: nothing waits. Undefined: it has to be
   * asked.
   */
  readonly dueAt?: number;
}

/**
 * Holds the sessions, the queue and the rooms.
 *
 * Guarantees, the same for every implementation (`test/store/lobby-store-contract.ts` proves them):
 * - Each command is atomic: it is applied whole, in one order with all others, or the promise rejects and nothing changed.
 * - The outcome depends only on the state, the command and the clock's reading.
 * - A command of an epoch that is no longer current changes nothing and answers `stale_session`.
 * - Every outcome is told to the listener of `follow`, in the order of the commands, and one after the other. The promise of
 * a command resolves after its outcome has been told, with the same outcome; later ones may have been told by then.
 * - `nextDeadline` is an instant by which `tick` has to be executed; earlier ticks are harmless.
 *
 * A rejected promise (`StoreUnavailable`) means that the store could not be reached, never that a person did something
 * wrong.
 */
export interface LobbyStore {
  execute(command: Command): Promise<Outcome>;
  /**
   * Calls the listener with every outcome from now on, also of commands that came from elsewhere. There is one listener: a
   * later one replaces it.
   */
  follow(listener: (played: Played) => void): void;
  /** Undefined when the caller's session or epoch is not current. */
  status(caller: Caller): Promise<SessionStatus | undefined>;
  /** Whether the person has a session. */
  knows(userId: UserId): Promise<boolean>;
  /** Whose a session is, also one in grace; undefined where there is none. */
  whoseIs(sessionId: SessionId): Promise<SessionOwner | undefined>;
  nextDeadline(): Promise<number | undefined>;
  stats(): Promise<LobbyStats>;
  /** At most `limit` sessions and as many rooms, oldest first, and how many sessions have which standing. */
  inspect(limit: number): Promise<LobbyView>;
  /** Gives back what it holds; nothing is executed or told afterwards. */
  close(): Promise<void>;
}

/** The store could not be reached; the command may be tried again. */
export class StoreUnavailable extends Error {
  readonly code = "unavailable";
}
