import type { RoomId } from "@serendip/protocol";
import { newMember, originsOf, type Room } from "./room.ts";
import type { Search } from "./session.ts";
import type { LobbyState, Transaction } from "./state.ts";
import { tell } from "./tell.ts";
import { stateOf, viewOfMember } from "./views.ts";
import { dequeue } from "./waiting.ts";

/** The instant from which two waiting searches may be put together. 0: at once; Infinity: not while they last. */
function mayMeetFrom({ lobby, now }: Transaction, a: Search, b: Search): number {
  const { settings } = lobby;
  const { userId: userA, deviceGroup: deviceA } = a.session;
  const { userId: userB, deviceGroup: deviceB } = b.session;
  if (userA === userB) return Number.POSITIVE_INFINITY;
  if (!settings.matchSameDevice && deviceA !== undefined && deviceA === deviceB)
    return Number.POSITIVE_INFINITY;
  if (a.failedWith.has(userB) || b.failedWith.has(userA)) return Number.POSITIVE_INFINITY;
  const marked = lobby.recentPartners.until(userA, userB, now);
  if (marked === undefined) return 0;
  const patienceMs = lobby.online === 2 ? settings.rematchLiftWhenTwoMs : settings.rematchLiftMs;
  // Both have to have waited: the rule is about a pair, so it cannot end for one of the two only.
  return Math.min(marked, Math.max(a.startedAt, b.startedAt) + patienceMs);
}

/** Makes sure that a search is matched again at `at` or earlier. */
function retryBy({ lobby }: Transaction, search: Search, at: number): void {
  if (search.retry && search.retry.at <= at) return;
  lobby.deadlines.cancel(search.retry);
  // The older search is looked at first, also when several may meet from the same instant on.
  search.retry = lobby.deadlines.arm(at, { kind: "retry", search }, search.order);
}

/** Only recent partners become acceptable by waiting, so only their searches are looked at. */
function planRetry(tx: Transaction, search: Search): void {
  const { lobby } = tx;
  for (const userId of lobby.recentPartners.partnersOf(search.session.userId)) {
    const place = lobby.sessionOfUser.get(userId)?.place;
    if (place?.kind !== "queued" || !lobby.queue.has(place.search)) continue;
    const at = mayMeetFrom(tx, search, place.search);
    if (!Number.isFinite(at)) continue;
    retryBy(tx, search, at);
    retryBy(tx, place.search, at);
  }
}

/** Puts a waiting search together with the oldest one it may meet; otherwise it goes on waiting (SPEC M1, M8). */
export function matchNow(tx: Transaction, search: Search): void {
  const { lobby, now } = tx;
  if (!lobby.queue.has(search)) return;
  lobby.deadlines.cancel(search.retry);
  search.retry = undefined;
  const partner = lobby.queue.oldest(search, (candidate) => mayMeetFrom(tx, search, candidate) <= now);
  if (!partner) planRetry(tx, search);
  else if (partner.order < search.order) openRoom(tx, partner, search);
  else openRoom(tx, search, partner);
}

/** Recent partners have to wait less while they are the only two people online (SPEC M5). */
export function matchTheOnlyTwo(tx: Transaction): void {
  for (const search of [...tx.lobby.queue.all()]) matchNow(tx, search);
}

/** Unique as long as instance ids are. Ids of rooms that were revived from an earlier run of this instance are skipped. */
function nextRoomId(lobby: LobbyState, now: number): RoomId {
  for (;;) {
    lobby.roomsMade += 1;
    const roomId = `${lobby.instanceId}-${lobby.roomsMade.toString(36)}`;
    if (!lobby.rooms.has(roomId) && !lobby.endedRooms.get(roomId, now)) return roomId;
  }
}

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
    members: [viewOfMember(members[0]), viewOfMember(members[1])],
    relayOnly: room.relayOnly,
    origins: originsOf(first.session, second.session),
    waitedMs: [now - first.startedAt, now - second.startedAt],
  });
  for (const { session } of members) session.place = { kind: "in-room", room };
  for (const { session } of members) {
    const state = stateOf(session);
    if (state.kind === "in-room") tell(tx, session, { event: "matched", body: { room: state.room } });
  }
}
