import type { AwayCause, RoomId, SessionId } from "@serendip/protocol";
import type { Holds, Invariant } from "../invariant.ts";
import type { SeenRoom, SeenSession, Witness } from "../witness.ts";

/** What a member said last of its partner's media, and in which generation of its room. */
interface Word {
  readonly roomId: RoomId;
  readonly generation: number;
  readonly flowing: boolean;
}

interface Absence {
  readonly cause: AwayCause;
  readonly since: number;
  readonly room: SeenRoom | undefined;
  held: boolean;
  until: number;
}

export const gracesEnd: Invariant = {
  title:
    "[I13] [C35] every grace is as long as its cause and the partner's word say, and ends by its deadline",
  watch(holds: Holds) {
    const words = new Map<SessionId, Word>();
    const flowedIn = new Set<RoomId>();
    const absences = new Map<SessionId, Absence>();

    const isHeld = (room: SeenRoom | undefined, sessionId: SessionId, cause: AwayCause, witness: Witness) => {
      if (!room || (cause !== "dropped" && cause !== "silent")) return false;
      if (witness.rooms.get(room.roomId) !== room) return false;
      const partner = room.members.find((member) => member.sessionId !== sessionId);
      const word = partner && words.get(partner.sessionId);
      return word?.roomId === room.roomId && word.generation === room.generation && word.flowing;
    };

    /** Of a place in a room; also once that room has ended, and the place is one in the queue. */
    const ownGraceOf = (cause: AwayCause, { roomId }: SeenRoom, { settings }: Witness): number => {
      const cut = cause === "silent" && flowedIn.has(roomId);
      return cut ? settings.graces.silent.cutInRoomMs : settings.graces[cause].inRoomMs;
    };

    const begin = (cause: AwayCause, session: SeenSession, at: number, witness: Witness): Absence => {
      const { room, sessionId } = session;
      const held = isHeld(room, sessionId, cause, witness);
      const queuedMs = session.waiting ? witness.settings.graces[cause].queuedMs : 0;
      const ownMs = room ? ownGraceOf(cause, room, witness) : queuedMs;
      const graceMs = held ? Math.max(ownMs, witness.settings.holdMs) : ownMs;
      return { cause, since: at, room, held, until: at + graceMs };
    };

    /** What became of an absence by one command: a word, a loss, a new negotiation or an end of the room. */
    const follow = (absence: Absence, session: SeenSession, at: number, witness: Witness): void => {
      const { sessionId } = session;
      const { cause, since, room } = absence;
      const { graces, holdMs } = witness.settings;
      const held = isHeld(room, sessionId, cause, witness);
      if (!room || held === absence.held) return;
      absence.held = held;
      const { cutInRoomMs, inRoomMs } = graces.silent;
      const rest = held ? Number.POSITIVE_INFINITY : at + (cause === "silent" ? cutInRoomMs : inRoomMs);
      // Neither less than the cause is worth by itself, nor more than a place is ever held.
      absence.until = Math.max(since + ownGraceOf(cause, room, witness), Math.min(since + holdMs, rest));
    };

    return {
      fact(fact, { at }, witness) {
        // What was said over a socket counts no longer than that.
        if (fact.type === "session-attached") words.delete(fact.sessionId);
        if (fact.type !== "grace-started") return;
        const { sessionId, cause, graceMs } = fact;
        const session = witness.sessions.get(sessionId);
        holds(session !== undefined && cause !== "bye", "a grace for nothing", fact);
        words.delete(sessionId);
        const absence = begin(cause, session, at, witness);
        const due = absence.until - at;
        holds(graceMs === due, "a grace is not as long as its cause says", { cause, graceMs, due });
        absences.set(sessionId, absence);
      },
      end({ command, outcome, at }, witness) {
        if (command.type === "media" && outcome.answer.ok) {
          const { caller, roomId, generation, flowing } = command;
          const room = witness.rooms.get(roomId);
          const member = room?.members.some(({ sessionId }) => sessionId === caller.sessionId) ?? false;
          holds(member && room !== undefined, "a witness of a room that it is not in", command);
          const isPresent = generation === undefined || generation === room.generation;
          holds(isPresent, "a word about another negotiation", command);
          words.set(caller.sessionId, { roomId, generation: room.generation, flowing });
          if (flowing) flowedIn.add(roomId);
        }
        for (const [sessionId, absence] of absences) {
          const session = witness.sessions.get(sessionId);
          if (!session || session.socketId !== undefined) absences.delete(sessionId);
          else follow(absence, session, at, witness);
        }
      },
      rest({ now, sessions }) {
        for (const { sessionId, graceUntil } of sessions) {
          const absence = absences.get(sessionId);
          holds(graceUntil === absence?.until, "a grace has another deadline than the words about it give", {
            absence,
            graceUntil,
          });
          holds(graceUntil === undefined || graceUntil > now, "a grace has outlived its deadline", {
            sessionId,
            graceUntil,
            now,
          });
        }
      },
      restarted() {
        words.clear();
        flowedIn.clear();
        absences.clear();
      },
    };
  },
};
