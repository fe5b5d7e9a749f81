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

/** Looks on during one history, and may keep notes of it. Each part is called at its moment. */
export interface Watcher {
  /** Before the witness takes in what came of a command. */
  readonly begin?: (executed: Executed, witness: Witness) => void;
  /** For each fact, before the witness takes it in. */
  readonly fact?: (fact: Fact, executed: Executed, witness: Witness) => void;
  /** After the witness has taken in everything. */
  readonly end?: (executed: Executed, witness: Witness) => void;
  /** Between two steps of the test. */
  readonly rest?: (snapshot: Snapshot, witness: Witness) => void;
  readonly restarted?: () => void;
  /** Once everybody has gone and all times have passed. */
  readonly over?: (snapshot: Snapshot, nextDeadline: number | undefined) => void;
}

/**
 * Tells whether a promise is kept.
 *
 * @throws Broken, unless `condition` holds.
 */
export type Holds = (condition: boolean, what: string, details?: unknown) => asserts condition;

/** One promise that holds whatever happens. */
export interface Invariant {
  /** The title of its test: its ids, and the promise in a sentence. */
  readonly title: string;
  /** Watches one history; `holds` is the only way to judge it. */
  readonly watch: (holds: Holds) => Watcher;
}

/** A promise was broken. */
export class Broken extends Error {
  readonly code = "invariant-broken";
  readonly invariant: Invariant;

  constructor(invariant: Invariant, what: string, details: unknown) {
    super(details === undefined ? what : `${what} ${JSON.stringify(details)}`);
    this.invariant = invariant;
  }
}

/** Lets every watcher of a history look at something. */
export type Watch = (look: (watcher: Watcher) => void) => void;
