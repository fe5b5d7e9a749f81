import type { RoomId } from "@serendip/protocol";
import { isBefore } from "./queue.ts";
import { newMember, originsOf, type Room } from "./room.ts";
import type { Search } from "./session.ts";
import { bandOf, nextChangeOf, RANK } from "./standing/standings.ts";
import type { LobbyState, Transaction } from "./state.ts";
import { tell } from "./tell.ts";
import { stateOf, viewOfMember } from "./views.ts";
import { dequeue } from "./waiting.ts";

/** The instant from which two waiting searches may be put together. 0: at once; Infinity: not while they last. */
function mayMeetFrom(tx: Transaction, a: Search, b: Search): number {
  const { lobby, now } = tx;
  const { settings } = lobby;
  const { userId: userA, deviceGroup: deviceA } = a.session;
  const { userId: userB, deviceGroup: deviceB } = b.session;
  if (userA === userB) return Number.POSITIVE_INFINITY;
  if (!settings.matchSameDevice && deviceA !== undefined && deviceA === deviceB)
    return Number.POSITIVE_INFINITY;
  if (a.failedWith.has(userB) || b.failedWith.has(userA)) return Number.POSITIVE_INFINITY;
  const marked = lobby.recentPartners.until(userA, userB, now);
  if (marked === undefined) return keptUntil(tx, a, b);
  const patienceMs = lobby.online === 2 ? settings.rematchLiftWhenTwoMs : settings.rematchLiftMs;
  // Both have to have waited: the rule is about a pair, so it cannot end for one of the two only.
  const lifted = Math.min(marked, Math.max(a.startedAt, b.startedAt) + patienceMs);
  return Math.max(lifted, keptUntil(tx, a, b));
}

/** How long a search is kept from one whose rank is `steps` worse, milliseconds of this stay in the queue (SPEC M14). */
const keptMs = ({ lobby }: Transaction, steps: number) => (lobby.settings.standing.keepMs * steps) / 2;

const rankOf = ({ lobby, now }: Transaction, { session }: Search): number =>
  RANK[bandOf(lobby.standings, session, now)];

/** The instant until which the better standing of one keeps the two apart (SPEC M14). */
function keptUntil(tx: Transaction, a: Search, b: Search): number {
  const [rankA, rankB] = [rankOf(tx, a), rankOf(tx, b)];
  if (rankA === rankB) return 0;
  const better = rankA < rankB ? a : b;
  return better.waitsSince + keptMs(tx, Math.abs(rankA - rankB));
}

/** Makes sure that a search is matched again at `at` or earlier. */
function retryBy({ lobby }: Transaction, search: Search, at: number): void {
  if (search.retry && search.retry.at <= at) return;
  lobby.deadlines.cancel(search.retry);
  search.retry = lobby.deadlines.arm(at, { kind: "retry", search });
}

/** Arms the next instant at which somebody may become acceptable without a command. */
function planRetry(tx: Transaction, search: Search): void {
  const { lobby, now } = tx;
  const rank = rankOf(tx, search);
  for (let steps = 1; steps <= RANK.low - rank; steps += 1) {
    const at = search.waitsSince + keptMs(tx, steps);
    if (at > now) retryBy(tx, search, at);
  }
  const change = nextChangeOf(lobby.standings, search.session, now);
  if (change !== undefined) retryBy(tx, search, change);
  for (const userId of lobby.recentPartners.partnersOf(search.session.userId)) {
    const place = lobby.sessionOfUser.get(userId)?.place;
    if (place?.kind !== "queued" || !lobby.queue.has(place.search)) continue;
    const at = mayMeetFrom(tx, search, place.search);
    if (!Number.isFinite(at)) continue;
    retryBy(tx, search, at);
    retryBy(tx, place.search, at);
  }
}

/** Whom a waiting search would take now. */
function bestFor(tx: Transaction, search: Search): Search | undefined {
  const own = rankOf(tx, search);
  return tx.lobby.queue.best(search, {
    rankOf: (candidate) => rankOf(tx, candidate),
    reaches: (rank) => search.waitsSince + keptMs(tx, rank - own) <= tx.now,
    accepts: (candidate) => mayMeetFrom(tx, search, candidate) <= tx.now,
  });
}

/**
 * Puts a waiting search together with the best one it may meet; otherwise it goes on waiting (SPEC M1, M8). Where that one would
 * take somebody else, those two come first: everybody would choose by the same order, so this ends with two who choose each other.
 */
function matchNow(tx: Transaction, search: Search): void {
  const { lobby } = tx;
  while (lobby.queue.has(search)) {
    let chooser = search;
    let partner = bestFor(tx, chooser);
    if (!partner) {
      lobby.deadlines.cancel(search.retry);
      search.retry = undefined;
      planRetry(tx, search);
      return;
    }
    while (lobby.queue.size > 2) {
      const rival = bestFor(tx, partner);
      if (!rival || rival === chooser) break;
      chooser = partner;
      partner = rival;
    }
    if (partner.order < chooser.order) openRoom(tx, partner, chooser);
    else openRoom(tx, chooser, partner);
  }
}

/** A search that may have somebody to meet by now is looked at before the command is over. */
export function seek({ seekers }: Transaction, search: Search): void {
  seekers.add(search);
}

/** Matches everybody who may have somebody to meet by now; the best and oldest choose first. */
export function matchSeekers(tx: Transaction): void {
  const { seekers } = tx;
  if (seekers.size === 0) return;
  // Who waits keeps the place for the server that takes over.
  if (tx.lobby.draining) {
    seekers.clear();
    return;
  }
  const waiting = [...seekers];
  seekers.clear();
  if (waiting.length > 1) {
    const ranks = new Map(waiting.map((search) => [search, rankOf(tx, search)]));
    const rank = (search: Search) => ranks.get(search) ?? 0;
    waiting.sort((a, b) => rank(a) - rank(b) || (isBefore(a, b) ? -1 : 1));
  }
  for (const search of waiting) matchNow(tx, search);
}

/** Recent partners have to wait less while they are the only two people online (SPEC M5). */
export function seekForTheOnlyTwo(tx: Transaction): void {
  for (const search of tx.lobby.queue.all()) seek(tx, search);
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
    matchedAt: now,
  };
  const { readyMs, readyWithMediaMs } = lobby.settings;
  // Whoever has a camera waits no longer for somebody who says nothing of one: that would be the way to hold people longest.
  const isQuick = first.mediaReady || second.mediaReady;
  const readyUntil = now + (isQuick ? Math.min(readyMs, readyWithMediaMs) : readyMs);
  const deadline = lobby.deadlines.arm(readyUntil, { kind: "not-ready", room });
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
