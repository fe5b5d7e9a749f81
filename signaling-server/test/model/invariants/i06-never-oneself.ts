import type { Holds, Invariant } from "../invariant.ts";

export const neverOneself: Invariant = {
  title: "[I6] nobody is put together with themselves, nor with their own device where that is not wanted",
  watch(holds: Holds) {
    return {
      fact(fact, _executed, witness) {
        if (fact.type !== "room-opened") return;
        const [a, b] = fact.members.map(({ sessionId }) => witness.sessions.get(sessionId));
        holds(a !== undefined && b !== undefined, "a room was opened for somebody unknown", fact);
        holds(a.userId !== b.userId && a.sessionId !== b.sessionId, "matched with oneself", fact);
        if (witness.settings.matchSameDevice || witness.rooms.has(fact.roomId)) return;
        const oneDevice = a.deviceGroup !== undefined && a.deviceGroup === b.deviceGroup;
        holds(!oneDevice, "matched with the same device", fact);
      },
    };
  },
};
