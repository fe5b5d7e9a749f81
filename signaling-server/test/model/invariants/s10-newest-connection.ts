import type { SessionId, TabId } from "@serendip/protocol";
import type { Holds, Invariant } from "../invariant.ts";

export const newestConnection: Invariant = {
  title: "[S10] the newest attempt of a tab wins whatever arrives later, and nobody is locked out",
  watch(holds: Holds) {
    const newest = new Map<SessionId, Map<TabId, number>>();
    return {
      begin({ command, outcome }, witness) {
        if (command.type !== "attach" || command.connection === undefined) return;
        const { userId, tabId, connection } = command;
        const session = witness.sessionOf(userId);
        // What falls due at the same moment may have ended the session before.
        const ended = outcome.facts.some(
          (fact) => fact.type === "session-closed" && fact.sessionId === session?.sessionId,
        );
        const seen = session && !ended ? newest.get(session.sessionId)?.get(tabId) : undefined;
        const isLate = seen !== undefined && connection <= seen;
        const { answer } = outcome;
        const isFenced = !answer.ok && answer.code === "stale_connection";
        holds(isFenced === isLate, "a hello was fenced by mistake, or was not", {
          connection,
          seen,
          answer,
        });
        if (!isFenced) return;
        holds(
          "newestConnection" in answer && answer.newestConnection === seen,
          "a late hello was not answered with the newest connection",
          { answer, seen },
        );
        const attached = outcome.facts.some(
          ({ type }) => type === "session-attached" || type === "session-opened",
        );
        holds(!attached, "a late hello changed a session", outcome.facts);
      },
      end({ command }, witness) {
        // Every hello counts, whatever became of it.
        if (command.type === "attach" && command.connection !== undefined) {
          const { userId, tabId, connection } = command;
          const sessionId = witness.sessionOf(userId)?.sessionId;
          if (sessionId === undefined) return;
          const tabs = newest.get(sessionId) ?? new Map();
          newest.set(sessionId, tabs.set(tabId, Math.max(connection, tabs.get(tabId) ?? connection)));
        }
        for (const sessionId of newest.keys()) if (!witness.sessions.has(sessionId)) newest.delete(sessionId);
      },
      restarted: () => newest.clear(),
    };
  },
};
