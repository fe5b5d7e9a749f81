import type { UserId } from "@serendip/protocol";
import type { Holds, Invariant } from "../invariant.ts";
import type { Executed, SeenSession, Witness } from "../witness.ts";

/** The one who has asked for a new negotiation or needs one, as of before the command. */
function asking({ command }: Executed, witness: Witness): SeenSession | undefined {
  if (command.type === "rebuild" || command.type === "raise-generation")
    return witness.speaks(command.caller);
  return command.type === "attach" ? witness.sessionOf(command.userId) : undefined;
}

export const floodIsBounded: Invariant = {
  title:
    "[I20] [R17] nobody brings about more new negotiations than the bound, in whatever rooms, and nobody is refused below it",
  watch(holds: Holds) {
    /** When each person brought one about. */
    const raised = new Map<UserId, number[]>();
    /** … or was granted one, which may have to wait. */
    const granted = new Map<UserId, number[]>();
    const note = (into: Map<UserId, number[]>, userId: UserId, at: number) =>
      into.set(userId, [...(into.get(userId) ?? []), at]);

    /** The most that any time up to `at` held beyond what is refilled in it. */
    const pressure = (times: readonly number[], at: number, perSecond: number): number =>
      Math.max(0, ...times.map((from, index) => times.length - index - ((at - from) / 1_000) * perSecond));

    return {
      begin(executed, witness) {
        const { outcome, at, command } = executed;
        const session = asking(executed, witness);
        if (!session) return;
        const { burst, perSecond } = witness.settings.flood.generations;
        const { userId } = session;
        // A revived room negotiates anew because the server restarted.
        const counts = command.type !== "attach" || (session.room?.members.length ?? 0) > 1;
        if (counts && outcome.facts.some(({ type }) => type === "generation-raised")) {
          note(raised, userId, at);
          const most = pressure(raised.get(userId) ?? [], at, perSecond);
          holds(most <= burst + 1e-6, "more was brought about than the bound", { userId, most });
        }
        const flooded = outcome.facts.some((fact) => fact.type === "room-ended" && fact.reason === "flood");
        const refused = !outcome.answer.ok && outcome.answer.code === "rate_limited";
        if (refused || flooded) {
          const before = pressure(granted.get(userId) ?? [], at, perSecond);
          holds(before > burst - 1 - 1e-6, "somebody was refused below the bound", { userId, before });
        }
        if (refused && !outcome.answer.ok && "retryAfterMs" in outcome.answer)
          holds(outcome.answer.retryAfterMs > 0, "who is refused is not told when to try again");
        if (outcome.answer.ok) note(granted, userId, at);
      },
      fact(fact, { command, outcome }, witness) {
        if (fact.type !== "room-ended" || fact.reason !== "flood") return;
        const caller =
          "caller" in command
            ? command.caller.sessionId
            : command.type === "attach" && witness.sessionOf(command.userId)?.sessionId;
        const members = witness.rooms.get(fact.roomId)?.members ?? [];
        holds(
          members.some(({ sessionId }) => sessionId === caller),
          "a room ended by a stranger's flood",
          fact,
        );
        for (const { sessionId } of members) {
          if (sessionId === caller || witness.sessions.get(sessionId)?.socketId === undefined) continue;
          const told = outcome.notices.some(
            (notice) =>
              notice.sessionId === sessionId &&
              notice.event === "partner-left" &&
              notice.body.newReason === "flood",
          );
          holds(told, "the partner of somebody who floods was not told why the room is over", { sessionId });
        }
      },
      restarted() {
        raised.clear();
        granted.clear();
      },
    };
  },
};
