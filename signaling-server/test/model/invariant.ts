import type { SessionId } from "@serendip/protocol";
import type { Fact, LobbyStats, RoomSummary, SessionSummary } from "../../src/domain/lobby/command.ts";
import type { Executed, Witness } from "./witness.ts";

/** The lobby as it can be looked at between two commands. */
export interface Snapshot {
  readonly now: number;
  readonly sessions: readonly SessionSummary[];
  readonly rooms: readonly RoomSummary[];
  readonly stats: LobbyStats;
  readonly positions: ReadonlyMap<SessionId, number | undefined>;
}

/**
 * One promise that holds whatever happens. Each part is called at its moment and throws when the promise is broken;
 * an invariant may keep notes, so every run has its own.
 */
export interface Invariant {
  /** Before the witness takes in what came of a command. */
  readonly begin?: (executed: Executed, witness: Witness) => void;
  /** For each fact, before the witness takes it in. */
  readonly fact?: (fact: Fact, executed: Executed, witness: Witness) => void;
  /** After the witness has taken in everything. */
  readonly end?: (executed: Executed, witness: Witness) => void;
  /** Between two steps of the test. */
  readonly rest?: (snapshot: Snapshot, witness: Witness) => void;
  readonly restarted?: () => void;
}

/** A promise was broken. */
export class Broken extends Error {
  readonly code = "invariant-broken";
}

/** @throws Broken naming the invariant, unless `condition` holds. */
export function holds(condition: boolean, promise: string, details?: unknown): asserts condition {
  if (!condition) throw new Broken(details === undefined ? promise : `${promise} ${JSON.stringify(details)}`);
}
