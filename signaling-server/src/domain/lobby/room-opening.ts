import type { RoomId } from "@serendip/protocol";
import { newMember, type Room } from "./room.ts";
import type { Search, Session } from "./session.ts";
import type { LobbyState, Transaction } from "./state.ts";
import { tell } from "./tell.ts";
import { asMember, stateOf } from "./views.ts";
import { dequeue } from "./waiting.ts";

/** Unique as long as instance ids are. Ids of rooms that were revived from an earlier run of this instance are skipped. */
function nextRoomId(lobby: LobbyState, now: number): RoomId {
  for (;;) {
    lobby.roomsMade += 1;
    const roomId = `${lobby.instanceId}-${lobby.roomsMade.toString(36)}`;
    if (!lobby.rooms.has(roomId) && !lobby.endedRooms.get(roomId, now)) return roomId;
  }
}

const isSame = (a: string | undefined, b: string | undefined) => a !== undefined && a === b;

/** Whether one person can have made both sides of a room of these two (SPEC H3). */
export const isSelfMade = (a: Session, b: Session): boolean =>
  isSame(a.deviceGroup, b.deviceGroup) || isSame(a.networkKey, b.networkKey);

/**
 * Puts two waiting people together and tells each of them once (SPEC M3, R1). The one who has waited longer makes the first
 * offer: that page has had time to get ready.
 */
export function openRoom(tx: Transaction, first: Search, second: Search): void {
  const { lobby, now, facts } = tx;
  dequeue(tx, first);
  dequeue(tx, second);
  const members = [newMember(first, "initiator", 1), newMember(second, "responder", 1)] as const;
  const room: Room = {
    roomId: nextRoomId(lobby, now),
    members: [...members],
    generation: 1,
    phase: { kind: "in-call" },
    relayOnly: first.relayOnly || second.relayOnly,
    mediaFlowed: false,
  };
  const deadline = lobby.deadlines.arm(now + lobby.settings.readyMs, { kind: "not-ready", room });
  room.phase = { kind: "matched", deadline };
  lobby.rooms.set(room.roomId, room);
  facts.push({
    type: "room-opened",
    roomId: room.roomId,
    generation: room.generation,
    members: [asMember(members[0]), asMember(members[1])],
    relayOnly: room.relayOnly,
    selfMade: isSelfMade(first.session, second.session),
    waitedMs: [now - first.startedAt, now - second.startedAt],
  });
  for (const { session } of members) session.place = { kind: "in-room", room };
  for (const { session } of members) {
    const state = stateOf(session);
    if (state.kind === "in-room") tell(tx, session, { event: "matched", body: { room: state.room } });
  }
}
