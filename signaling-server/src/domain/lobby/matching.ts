import { openRoom } from "./room-opening.ts";
import type { Search } from "./session.ts";
import type { Transaction } from "./state.ts";

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
