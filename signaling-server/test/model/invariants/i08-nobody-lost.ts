import type { Holds, Invariant } from "../invariant.ts";
import type { Executed, SeenSession, Witness } from "../witness.ts";

/** Whether the page of a session can know that it does not wait any more. */
function knowsWhy({ command, outcome }: Executed, { sessionId, socketId }: SeenSession): boolean {
  const asked = "caller" in command && command.caller.sessionId === sessionId;
  return asked || outcome.notices.some((notice) => notice.socketId === socketId);
}

export const nobodyLost: Invariant = {
  title:
    "[I8] [M8] [M14] two who wait and may meet, and whom standing does not keep apart, are together, and nobody who waits vanishes without an event",
  watch(holds: Holds) {
    let waited: SeenSession[] = [];
    const stillWaits = ({ sessionId }: SeenSession, witness: Witness) =>
      witness.sessions.get(sessionId)?.waiting !== undefined;
    return {
      begin(_executed, witness) {
        waited = witness.matchable().map(({ session }) => ({ ...session }));
      },
      end(executed, witness) {
        for (const session of waited)
          holds(
            stillWaits(session, witness) || knowsWhy(executed, session),
            "somebody who waited vanished without an event",
            { session: session.sessionId, command: executed.command },
          );
      },
      rest({ now }, witness) {
        const waiting = witness.matchable();
        for (const [index, a] of waiting.entries())
          for (const b of waiting.slice(index + 1))
            holds(
              !witness.mayMeet([a.session, a.search], [b.session, b.search], now),
              "two who may meet stay unmatched",
              [a.session.sessionId, b.session.sessionId],
            );
      },
    };
  },
};
