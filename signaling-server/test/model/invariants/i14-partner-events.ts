import type { SessionState } from "@serendip/protocol";
import type { Notice } from "../../../src/domain/lobby/command.ts";
import type { Holds, Invariant } from "../invariant.ts";

interface Knowledge {
  partner: "present" | "away";
  generation: number;
  over: boolean;
  /** The end of the partner's grace, as it was told last. */
  awayUntil: number | undefined;
}

/**
 * An absence is told again only with another deadline, and the deadline told last is the one that holds.
 */
export const partnerEvents: Invariant = {
  title:
    "[I14] of a partner a page hears away and back by turns, then left at most once, and nothing after it",
  watch(holds: Holds) {
    /** What each page knows of each of its rooms. */
    const known = new Map<string, Knowledge>();
    const keyOf = (sessionId: string, roomId: string) => `${sessionId} ${roomId}`;

    const learn = (sessionId: string, state: SessionState) => {
      if (state.kind !== "in-room") return;
      const { roomId, partner, generation } = state.room;
      const before = known.get(keyOf(sessionId, roomId));
      holds(!before?.over, "a room is shown that is over", state);
      holds(generation >= (before?.generation ?? 1), "the generation decreased", state);
      known.set(keyOf(sessionId, roomId), { partner, generation, over: false, awayUntil: undefined });
    };

    const hear = ({ sessionId, event, body }: Notice, at: number) => {
      if (event === "matched") return learn(sessionId, { kind: "in-room", room: body.room });
      if (event === "bye" || event === "probe") return;
      const room = known.get(keyOf(sessionId, body.roomId));
      holds(room !== undefined, "an event about a room that the page does not know", { event, body });
      holds(!room.over, "something followed the end of a room", { event, body });
      if (event === "partner-away") {
        const awayUntil = at + body.graceMs;
        holds(room.partner === "present" || awayUntil !== room.awayUntil, "away twice", body);
        Object.assign(room, { partner: "away", awayUntil });
      } else if (event === "partner-back") {
        holds(room.partner === "away" || body.generation > room.generation, "back without away", body);
        holds(body.generation >= room.generation, "the generation decreased", body);
        Object.assign(room, { partner: "present", generation: body.generation, awayUntil: undefined });
      } else {
        room.over = true;
      }
    };

    return {
      begin({ command, outcome, at }) {
        const { answer } = outcome;
        const repeated = outcome.facts.length === 0;
        if (answer.ok && answer.type === "attached") learn(answer.sessionId, answer.state);
        if (answer.ok && answer.type === "state" && "caller" in command && !repeated)
          learn(command.caller.sessionId, answer.state);
        for (const notice of outcome.notices) hear(notice, at);
      },
      fact(fact, { command, outcome }, witness) {
        if (fact.type !== "room-ended") return;
        for (const { sessionId } of witness.rooms.get(fact.roomId)?.members ?? []) {
          const session = witness.sessions.get(sessionId);
          const asked = "caller" in command && command.caller.sessionId === sessionId;
          const moved = command.type === "attach" && session?.userId === command.userId;
          const swept = outcome.facts.some(
            (each) =>
              each.type === "session-closed" &&
              each.sessionId === sessionId &&
              (each.cause === "stale" || each.cause === "shut-out"),
          );
          if (session?.socketId === undefined || asked || moved || swept) continue;
          const room = known.get(keyOf(sessionId, fact.roomId));
          holds(room?.over === true, "a member was not told of the end of its room", { fact, sessionId });
        }
      },
      rest(_snapshot, witness) {
        for (const { sessionId, socketId, room } of witness.sessions.values()) {
          const told = room && known.get(keyOf(sessionId, room.roomId));
          if (socketId === undefined || told?.partner !== "away") continue;
          const partner = room?.members.find((member) => member.sessionId !== sessionId);
          const graceUntil = partner && witness.sessions.get(partner.sessionId)?.graceUntil;
          holds(graceUntil === told.awayUntil, "another deadline than was told", { told, graceUntil });
        }
      },
      restarted: () => known.clear(),
    };
  },
};
