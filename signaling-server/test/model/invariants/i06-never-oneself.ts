import { holds, type Invariant } from "../invariant.ts";

/** I6: nobody is matched with oneself: not the same user, nor the same device where that is not wanted. */
export function neverOneself(): Invariant {
  return {
    fact(fact, _executed, witness) {
      if (fact.type !== "room-opened") return;
      const [a, b] = fact.members.map(({ sessionId }) => witness.sessions.get(sessionId));
      holds(a !== undefined && b !== undefined, "I6: a room was opened for somebody unknown", fact);
      holds(a.userId !== b.userId && a.sessionId !== b.sessionId, "I6: matched with oneself", fact);
      if (witness.settings.matchSameDevice || witness.rooms.has(fact.roomId)) return;
      const oneDevice = a.deviceGroup !== undefined && a.deviceGroup === b.deviceGroup;
      holds(!oneDevice, "I6: matched with the same device", fact);
    },
  };
}
