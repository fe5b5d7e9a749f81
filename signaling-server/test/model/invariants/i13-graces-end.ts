import type { AwayCause, RoomId, SessionId } from "@serendip/protocol";
import { holds, type Invariant } from "../invariant.ts";
import type { SeenSession, Witness } from "../witness.ts";

/** What a member said last of its partner's media, and in which generation of its room. */
interface Word {
  readonly roomId: RoomId;
  readonly generation: number;
  readonly flowing: boolean;
}

/** I13: every grace is as long as its cause says and ends by its deadline; nothing is put off without end. */
export function gracesEnd(): Invariant {
  const words = new Map<SessionId, Word>();

  const mediaFlows = ({ sessionId, room }: SeenSession): boolean => {
    const partner = room?.members.find((member) => member.sessionId !== sessionId);
    const word = partner && words.get(partner.sessionId);
    return word?.roomId === room?.roomId && word?.generation === room?.generation && word?.flowing === true;
  };

  const graceOf = (session: SeenSession, cause: AwayCause, { settings }: Witness): number => {
    const { queuedMs, inRoomMs } = settings.graces[cause];
    if (!session.room) return session.waiting ? queuedMs : 0;
    return cause === "silent" && mediaFlows(session) ? settings.graces.silent.inRoomFlowingMs : inRoomMs;
  };

  return {
    fact(fact, _executed, witness) {
      if (fact.type !== "grace-started") return;
      const { sessionId, cause, graceMs } = fact;
      const session = witness.sessions.get(sessionId);
      holds(session !== undefined && cause !== "bye" && cause !== "stale", "I13: a grace for nothing", fact);
      const due = graceOf(session, cause, witness);
      holds(graceMs === due, "I13: a grace is not as long as its cause says", { cause, graceMs, due });
    },
    end({ command, outcome }, witness) {
      if (command.type !== "media" || !outcome.answer.ok) return;
      const { caller, roomId, flowing } = command;
      const room = witness.rooms.get(roomId);
      const member = room?.members.some(({ sessionId }) => sessionId === caller.sessionId) ?? false;
      holds(member && room !== undefined, "I13: a witness of a room that it is not in", command);
      words.set(caller.sessionId, { roomId, generation: room.generation, flowing });
    },
    rest({ now, sessions }, witness) {
      for (const { sessionId, graceUntil } of sessions) {
        const told = witness.sessions.get(sessionId)?.graceUntil;
        holds(graceUntil === told, "I13: a grace has another deadline than was told", { graceUntil, told });
        holds(graceUntil === undefined || graceUntil > now, "I13: a grace has outlived its deadline", {
          sessionId,
          graceUntil,
          now,
        });
      }
    },
    restarted: () => words.clear(),
  };
}
