import { AwayCause, RoomEndReason, type RoomId, type SessionId } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { type Counter, createCounter } from "../../domain/collections/counter.ts";
import { createHistogram, type Histogram } from "../../domain/collections/histogram.ts";
import type {
  CloseCause,
  Command,
  DetachCause,
  Fact,
  Outcome,
  RoomOrigins,
} from "../../domain/lobby/command.ts";
import type { Played } from "../../store/lobby-store.ts";

const DETACH_CAUSES: readonly DetachCause[] = [...AwayCause.options, "bye"];
const CLOSE_CAUSES: readonly CloseCause[] = [...DETACH_CAUSES, "stale", "grace-over", "shut-out"];
const ORIGINS: readonly RoomOrigins[] = ["apart", "same", "unknown"];

/**
 * What became of a page that says hello with a session or ticket of an earlier connection. `new`: nothing of it is left, so that the
 * page begins anew; `refused`: an older connection, or one of a tab that was taken over.
 */
type ResumeResult = "resumed" | "new" | "refused";
/** `returned`: the page came back; `expired`: nobody came; `ended`: by its partner, the operator or the sweep. */
type GraceOutcome = "returned" | "expired" | "ended";

const RESUME_RESULTS: readonly ResumeResult[] = ["resumed", "new", "refused"];
const GRACE_OUTCOMES: readonly GraceOutcome[] = ["returned", "expired", "ended"];

const WAIT_ENDS_MS = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000];
const GRACE_ENDS_MS = [500, 1_000, 2_000, 3_000, 5_000, 10_000, 20_000, 45_000, 120_000];
const ROOM_ENDS_MS = [1_000, 3_000, 10_000, 30_000, 60_000, 180_000, 600_000, 1_800_000, 3_600_000];

type Shown<Name extends string> = Pick<Counter<Name>, "entries">;
type ShownHistogram = Pick<Histogram, "read">;

/**
 * Sums of what has happened in the lobby since the start of this process, made of the outcomes of the store alone. All times are
 * milliseconds.
 */
export interface LobbyCounts {
  /** Takes in one outcome. */
  observe(played: Played): void;
  /** `find`s that were taken, repetitions included. */
  readonly searches: () => number;
  readonly sessionsOpened: () => number;
  readonly sessionsClosed: Shown<CloseCause>;
  readonly resumes: Shown<ResumeResult>;
  /** Sessions that moved from a connection that was still open. */
  readonly takeovers: Shown<"taken-over" | "moved-tab">;
  readonly gracesStarted: Shown<DetachCause>;
  readonly graceOutcomes: Shown<GraceOutcome>;
  readonly graceMs: ShownHistogram;
  /** Time in the queue of each side of a match. */
  readonly queueWaitMs: ShownHistogram;
  readonly matches: Shown<RoomOrigins>;
  readonly roomsRevived: () => number;
  readonly roomsEnded: Shown<RoomEndReason>;
  readonly roomMs: ShownHistogram;
  readonly generationsRaised: () => number;
  /** Rooms and graces whose beginning is remembered. */
  remembered(): number;
}

const comesBack = (command: Command): boolean =>
  command.type === "attach" && (command.resume !== undefined || command.ticket !== undefined);

export function createLobbyCounts(clock: Pick<Clock, "now">): LobbyCounts {
  const single = createCounter(["searches", "opened", "revived", "generations"]);
  const sessionsClosed = createCounter(CLOSE_CAUSES);
  const resumes = createCounter(RESUME_RESULTS);
  const takeovers = createCounter(["taken-over", "moved-tab"]);
  const gracesStarted = createCounter(DETACH_CAUSES);
  const graceOutcomes = createCounter(GRACE_OUTCOMES);
  const matches = createCounter(ORIGINS);
  const roomsEnded = createCounter(RoomEndReason.options);
  const graceMs = createHistogram(GRACE_ENDS_MS);
  const queueWaitMs = createHistogram(WAIT_ENDS_MS);
  const roomMs = createHistogram(ROOM_ENDS_MS);
  const graceSince = new Map<SessionId, number>();
  const openSince = new Map<RoomId, number>();

  const endGrace = (sessionId: SessionId, outcome: GraceOutcome, now: number): void => {
    const since = graceSince.get(sessionId);
    if (since === undefined) return;
    graceSince.delete(sessionId);
    graceOutcomes.add(outcome);
    graceMs.observe(now - since);
  };

  const observeFact = (fact: Fact, now: number): void => {
    switch (fact.type) {
      case "session-opened":
        single.add("opened");
        return;
      case "session-attached":
        if (fact.how !== "resumed") takeovers.add(fact.how);
        endGrace(fact.sessionId, "returned", now);
        return;
      case "session-closed":
        sessionsClosed.add(fact.cause);
        endGrace(fact.sessionId, fact.cause === "grace-over" ? "expired" : "ended", now);
        return;
      case "grace-started":
        gracesStarted.add(fact.cause);
        graceSince.set(fact.sessionId, now);
        return;
      case "room-reviving":
        openSince.set(fact.roomId, now);
        return;
      case "room-opened":
        // A revived room was matched, and waited for, before the restart.
        if (openSince.has(fact.roomId)) {
          single.add("revived");
          return;
        }
        openSince.set(fact.roomId, now);
        matches.add(fact.origins);
        for (const waitedMs of fact.waitedMs) queueWaitMs.observe(waitedMs);
        return;
      case "generation-raised":
        single.add("generations");
        return;
      case "room-ended": {
        const since = openSince.get(fact.roomId);
        openSince.delete(fact.roomId);
        roomsEnded.add(fact.reason);
        if (since !== undefined) roomMs.observe(now - since);
        return;
      }
    }
  };

  const observeAnswer = (command: Command, { answer }: Outcome): void => {
    if (command.type === "find" && answer.ok) single.add("searches");
    if (!comesBack(command)) return;
    if (!answer.ok) resumes.add("refused");
    else if (answer.type === "attached") resumes.add(answer.resumed ? "resumed" : "new");
  };

  const countOf = (name: ReturnType<typeof single.entries>[number][0]) => () =>
    single.entries().find(([each]) => each === name)?.[1] ?? 0;

  return {
    observe({ command, outcome }) {
      const now = clock.now();
      observeAnswer(command, outcome);
      for (const fact of outcome.facts) observeFact(fact, now);
    },
    searches: countOf("searches"),
    sessionsOpened: countOf("opened"),
    roomsRevived: countOf("revived"),
    generationsRaised: countOf("generations"),
    sessionsClosed,
    resumes,
    takeovers,
    gracesStarted,
    graceOutcomes,
    graceMs,
    queueWaitMs,
    matches,
    roomsEnded,
    roomMs,
    remembered: () => graceSince.size + openSince.size,
  };
}
