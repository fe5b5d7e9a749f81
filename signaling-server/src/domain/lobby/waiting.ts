import type { Search, Session } from "./session.ts";
import type { LobbyState, Transaction } from "./state.ts";

export function newSearch(
  tx: Transaction,
  session: Session,
  { requestId, relayOnly, mediaReady }: Pick<Search, "requestId" | "relayOnly" | "mediaReady">,
): Search {
  const { lobby, now } = tx;
  lobby.searchesMade += 1;
  return {
    session,
    requestId,
    relayOnly,
    mediaReady,
    waitsSince: now,
    startedAt: now,
    order: lobby.searchesMade,
    failedWith: new Set(),
    retry: undefined,
  };
}

/** Gives an idle session the place of its search: at the end for a new one, at its old place otherwise. */
export function enqueue(tx: Transaction, search: Search): void {
  const { lobby, facts } = tx;
  const { session } = search;
  session.place = { kind: "queued", search };
  lobby.waiting += 1;
  facts.push({ type: "queued", sessionId: session.sessionId, requestId: search.requestId });
  if (session.presence.kind === "connected") lobby.queue.add(search);
}

/** Takes a search out of the queue; its session is idle until it is given another place. */
export function dequeue(tx: Transaction, search: Search): void {
  const { lobby, facts } = tx;
  const { session } = search;
  park(lobby, search);
  session.place = { kind: "idle" };
  lobby.waiting -= 1;
  facts.push({ type: "unqueued", sessionId: session.sessionId, requestId: search.requestId });
}

/** A search whose session is in grace keeps its place, and is not matched (SPEC G3). */
export function park(lobby: LobbyState, search: Search): void {
  lobby.queue.remove(search);
  lobby.deadlines.cancel(search.retry);
  search.retry = undefined;
}
