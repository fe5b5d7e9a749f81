import type { Watcher } from "./invariant.ts";

/** Everything that the runs together have to bring about, or they prove less than they seem to. */
const WORTH_SEEING = [
  "session-opened",
  "session-attached resumed",
  "session-attached taken-over",
  "session-attached moved-tab",
  "session-closed bye",
  "session-closed grace-over",
  "session-closed stale",
  "session-closed shut-out",
  "grace-started unload",
  "grace-started dropped",
  "grace-started silent",
  "grace-started held while media flows",
  "grace-started silent, network cut",
  "grace-moved",
  "grace-started drain",
  "queued",
  "unqueued",
  "room-opened",
  "room-opened again after a restart",
  "room-opened relay only",
  "room-reviving",
  "generation-raised",
  "member-away",
  "member-back",
  "room-ended next",
  "room-ended left",
  "room-ended timeout",
  "room-ended superseded",
  "room-ended media-failed",
  "room-ended server-restart",
  "room-ended flood",
  "told matched",
  "told requeued",
  "told partner-away",
  "told partner-back",
  "told partner-left",
  "told bye",
  "told probe",
  "refused stale_connection",
  "refused superseded",
  "refused stale_session",
  "refused not_in_room",
  "refused stale_generation",
  "refused rate_limited",
] as const;

/** Counts what happens in all histories. */
export interface Tally {
  readonly watch: () => Watcher;
  /** What never happened. */
  missing(): readonly string[];
  readonly counts: ReadonlyMap<string, number>;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  const count = (...words: readonly (string | undefined)[]) => {
    const what = words.filter(Boolean).join(" ");
    counts.set(what, (counts.get(what) ?? 0) + 1);
  };
  return {
    counts,
    missing: () => WORTH_SEEING.filter((what) => !counts.has(what)),
    watch: () => ({
      begin({ outcome }) {
        if (!outcome.answer.ok) count("refused", outcome.answer.code);
        for (const { event } of outcome.notices) count("told", event);
      },
      fact(fact, _executed, witness) {
        if (fact.type === "session-attached") count(fact.type, fact.how);
        else if (fact.type === "session-closed") count(fact.type, fact.cause);
        else if (fact.type === "grace-started") {
          const { graces, holdMs } = witness.settings;
          if (fact.graceMs === holdMs) count(fact.type, "held while media flows");
          else if (fact.cause === "silent" && fact.graceMs === graces.silent.cutInRoomMs)
            count(fact.type, "silent, network cut");
          else count(fact.type, fact.cause);
        } else if (fact.type === "room-ended") count(fact.type, fact.reason);
        else if (fact.type === "room-opened" && fact.relayOnly && !witness.rooms.has(fact.roomId))
          count(fact.type, "relay only");
        else if (fact.type === "room-opened" && witness.rooms.has(fact.roomId))
          count(fact.type, "again after a restart");
        else count(fact.type);
      },
    }),
  };
}
