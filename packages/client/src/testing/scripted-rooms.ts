import { errorBody, partnerLeft, type RoomView, type SessionState } from "@serendip/protocol";
import type { ScriptedServer } from "./scripted-server-face.ts";

type RoomPlays = "match" | "requeue" | "partnerAway" | "partnerBack" | "partnerLeaves" | "signal";

/** What a test does to the person's room, as the server and the partner would. */
interface ScriptedRooms extends Pick<ScriptedServer, RoomPlays> {
  /** The answer to a request for a new generation, while both are there (SPEC R10). */
  rebuild(generation: number): unknown;
}

export const ticketOf = ({ roomId }: RoomView) => `ticket-of-${roomId}`;

/**
 * @param server whose state is played on.
 * @param wish what the newest `find` said of the person's address.
 */
export function scriptedRooms(
  server: () => Pick<ScriptedServer, "emit" | "grant" | "state">,
  wish: () => boolean,
): ScriptedRooms {
  let rooms = 0;

  const room = (): RoomView => {
    const { state } = server();
    if (state.kind !== "in-room") throw new Error("the person is in no room");
    return state.room;
  };

  const put = (state: SessionState): void => {
    server().state = state;
  };

  const plays: ScriptedRooms = {
    match(view = {}) {
      const { state, grant, emit } = server();
      if (state.kind !== "queued") throw new Error("the person is not waiting");
      rooms += 1;
      const made: RoomView = {
        roomId: `room-${rooms}`,
        generation: 1,
        role: "initiator",
        partner: "present",
        requestId: state.requestId,
        ...(wish() && { relayOnly: true }),
        ...view,
      };
      put({ kind: "in-room", room: made });
      emit("matched", { room: made, ticket: ticketOf(made), ...(grant && { ice: grant }) });
      return made;
    },

    requeue(reason = "media-failed") {
      const { requestId, roomId } = room();
      put({ kind: "queued", requestId });
      server().emit("requeued", { requestId, roomId, reason });
    },

    partnerAway(graceMs) {
      const { roomId } = room();
      put({ kind: "in-room", room: { ...room(), partner: "away" } });
      server().emit("partner-away", { roomId, cause: "dropped", graceMs });
    },

    partnerBack(change = {}) {
      const view: RoomView = { ...room(), ...change, partner: "present" };
      put({ kind: "in-room", room: view });
      const { roomId, generation, role } = view;
      server().emit("partner-back", { roomId, generation, role });
    },

    partnerLeaves(reason = "left") {
      const { roomId } = room();
      put({ kind: "idle" });
      server().emit("partner-left", partnerLeft(roomId, reason));
    },

    signal(sequence, signal, generation = room().generation) {
      server().emit("signal", { roomId: room().roomId, generation, sequence, signal });
    },

    rebuild(generation) {
      const { state } = server();
      if (state.kind !== "in-room") return { ok: false, error: errorBody("not_in_room") };
      const { room: before } = state;
      if (generation !== before.generation) return { ok: false, error: errorBody("stale_generation") };
      const after: RoomView = { ...before, generation: generation + 1, role: "initiator" };
      put({ kind: "in-room", room: after });
      if (after.partner === "present") plays.partnerBack();
      return { ok: true };
    },
  };
  return plays;
}
