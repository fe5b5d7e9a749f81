import type { Holds, Invariant } from "../invariant.ts";

export const tickets: Invariant = {
  title:
    "[I22] after a restart two tickets restore the same two people and nobody else, and one alone ends in time",
  watch(holds: Holds) {
    return {
      begin({ command, outcome }, witness) {
        if (command.type !== "attach" || !command.ticket || !outcome.answer.ok) return;
        if (outcome.answer.type !== "attached") return;
        const { ticket, userId } = command;
        const session = witness.sessionOf(userId);
        if (session?.waiting || session?.room || ticket.me !== userId) return;
        const room = witness.rooms.get(ticket.roomId);
        const [first] = room?.members ?? [];
        const mayOpen = room === undefined && !witness.endedHere.has(ticket.roomId);
        const mayJoin =
          room?.revivingSince !== undefined &&
          first?.userId === ticket.names.partner &&
          (first.role !== ticket.role || room.generation !== ticket.generation);
        if (!mayOpen && !mayJoin) return;
        const { state } = outcome.answer;
        holds(
          state.kind === "in-room" && state.room.roomId === ticket.roomId,
          "a ticket did not restore its room",
          { ticket, state },
        );
      },
      fact(fact, { command }, witness) {
        const isRevival =
          fact.type === "room-reviving" || (fact.type === "room-opened" && witness.rooms.has(fact.roomId));
        if (!isRevival) return;
        const ticket = command.type === "attach" ? command.ticket : undefined;
        holds(ticket?.roomId === fact.roomId, "a room was revived without its ticket", fact);
        holds(!witness.endedHere.has(fact.roomId), "a room came back that had ended here", fact);
        const users = witness.usersOfRoom.get(fact.roomId);
        const members = fact.type === "room-opened" ? fact.members : [fact.member];
        for (const { userId } of members)
          holds(users?.has(userId) === true, "somebody else came into a revived room", { fact, userId });
      },
      rest({ now }, witness) {
        for (const { roomId, revivingSince } of witness.rooms.values())
          holds(
            revivingSince === undefined || now - revivingSince < witness.settings.reviveMs,
            "one ticket alone did not end in time",
            roomId,
          );
      },
    };
  },
};
