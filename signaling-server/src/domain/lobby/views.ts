import type { Crowd, SessionState } from "@serendip/protocol";
import type { MemberView } from "./command.ts";
import { memberOf, partnerOf, type RoomMember } from "./room.ts";
import type { Session } from "./session.ts";
import type { LobbyState } from "./state.ts";

/** What a session is doing, as its own page may know it. */
export function stateOf(session: Session): SessionState {
  const { place } = session;
  if (place.kind === "idle") return { kind: "idle" };
  if (place.kind === "queued") return { kind: "queued", requestId: place.search.requestId };
  const { room } = place;
  const own = memberOf(room, session);
  if (!own) return { kind: "idle" };
  const partner = partnerOf(room, session);
  return {
    kind: "in-room",
    room: {
      roomId: room.roomId,
      generation: room.generation,
      role: own.role,
      // An absence is not shown before the partner has been told: a page that has seen "away" waits for a "back", which a
      // short absence never sends.
      partner: partner && !partner.awayTold ? "present" : "away",
      requestId: own.search.requestId,
      ...(room.relayOnly ? { relayOnly: true } : {}),
    },
  };
}

export function crowdOf(lobby: LobbyState): Crowd {
  // Waiting sessions in grace are not online, and a page should not show more people who wait than there are people.
  return { online: lobby.online, waiting: Math.min(lobby.waiting, lobby.online) };
}

/** A member as facts name it. */
export function viewOfMember({ session, search, role }: RoomMember): MemberView {
  return { sessionId: session.sessionId, userId: session.userId, role, requestId: search.requestId };
}
