import type { Holds, Invariant } from "../invariant.ts";

export const credentials: Invariant = {
  title: "[I19] a credential that proves nothing changes nothing, and a valid resume restores room or place",
  watch(holds: Holds) {
    return {
      begin({ command, outcome }, witness) {
        if (command.type !== "attach" || !outcome.answer.ok || outcome.answer.type !== "attached") return;
        const { resumed, sessionId, state } = outcome.answer;
        const session = witness.sessionOf(command.userId);
        const { resume, tabId } = command;
        const proven =
          resume?.sessionId === session?.sessionId &&
          resume !== undefined &&
          resume.resumeSecret === session?.secret;
        const valid = session !== undefined && (proven || session.tabId === tabId);
        holds(resumed === valid, "a resume was believed wrongly, or not believed", { command, resumed });
        if (!valid) {
          const stranger = outcome.notices.find((notice) => {
            const room = witness.sessions.get(notice.sessionId)?.room;
            const inOwnRoom = session?.room && room === session.room;
            return notice.sessionId !== sessionId && !inOwnRoom && notice.event !== "matched";
          });
          const ticket = command.ticket !== undefined;
          holds(
            stranger === undefined || ticket,
            "credentials that prove nothing reached somebody",
            stranger,
          );
          if (session === undefined && !ticket)
            holds(state.kind === "idle", "a new session got a place of somebody else", state);
          return;
        }
        const { room } = session;
        // Who comes back without the connection more often than R17 allows loses the room, and R17's own invariant says when.
        const flooded = outcome.facts.some(
          (fact) => fact.type === "room-ended" && fact.reason === "flood" && fact.roomId === room?.roomId,
        );
        if (room && !flooded)
          holds(
            state.kind === "in-room" && state.room.roomId === room.roomId,
            "a valid resume did not restore the room",
            { state, room: room.roomId },
          );
        if (session.waiting) {
          const requestId =
            state.kind === "queued"
              ? state.requestId
              : state.kind === "in-room"
                ? state.room.requestId
                : undefined;
          holds(
            requestId === session.waiting.requestId,
            "a valid resume did not restore the place in the queue",
            state,
          );
        }
      },
    };
  },
};
