/** How the connection to the service is carried. */
export type Way = "websocket" | "polling";

/** Why a line or a connection ended: somebody closed or refused it, or nothing came any more. */
export type LineEnd = "closed" | "silent";

const MINUTE_MS = 60_000;

/** Figures of the choice between the ways (SPEC W19). */
export const WAY_RULES = {
  /**
   * A line that has shown nothing for twice the time that the token took just before, or the last attempt that worked, and within
   * these bounds, counts as silent. The token waits in the same queue of the server (SPEC W17) and crosses the same network, so a
   * service that is slow for everybody gets longer: it must not get two openings from each page. The most leaves half of an attempt.
   */
  silence: { leastMs: 2_000, mostMs: 4_000 },
  /** How long WebSocket is left alone after it did not work once, twice, more often. */
  pausesMs: [10 * MINUTE_MS, 20 * MINUTE_MS, 40 * MINUTE_MS],
  /** The same after a way that came about while a call's media was interrupted, which says more about the network than about WebSocket. */
  troubledPauseMs: MINUTE_MS,
  /** A second connection of the same way that is closed within this time speaks against the way. */
  closedWithinMs: MINUTE_MS,
} as const;

/** What is known of the ways. */
export interface WayMemory {
  /** The way that the next attempt begins with. */
  readonly begin: Way;
  /** When WebSocket is tried again; undefined while polling has not yet shown that it works. */
  readonly webSocketAt: number | undefined;
  /** How often WebSocket did not work in this network, and polling did. */
  readonly silences: number;
}

export const NEW_NETWORK: WayMemory = { begin: "websocket", webSocketAt: undefined, silences: 0 };

/** What a tab keeps of it. */
export interface KeptPolling {
  readonly webSocketAt: number;
  readonly silences: number;
}

/** What the tab has kept: polling was the way. A page's clock may have been set since, so no pause is longer than the longest. */
export function recall(kept: KeptPolling | undefined, now: number): WayMemory {
  if (kept === undefined) return NEW_NETWORK;
  const mostMs = pauseMs(WAY_RULES.pausesMs.length);
  return { begin: "polling", ...kept, webSocketAt: Math.min(kept.webSocketAt, now + mostMs) };
}

/** What a tab should keep: only what has shown that it works. */
export function kept({ begin, webSocketAt, silences }: WayMemory): KeptPolling | undefined {
  return begin === "polling" && webSocketAt !== undefined ? { webSocketAt, silences } : undefined;
}

/** The way to begin with; a call in trouble is not the time for trying WebSocket again. */
export function wayToBegin(
  { begin, webSocketAt }: WayMemory,
  { now, urgent = false }: { readonly now: number; readonly urgent?: boolean | undefined },
): Way {
  return webSocketAt !== undefined && webSocketAt <= now && !urgent ? "websocket" : begin;
}

/** The way did not work, where something else did, or may have. */
export function didNotWork(memory: WayMemory, way: Way): WayMemory {
  return { ...memory, begin: otherWay(way), webSocketAt: undefined };
}

/** An attempt has come to nothing: a way that was only supposed to be the better one is not. */
export function cameToNothing(memory: WayMemory): WayMemory {
  return memory.begin === "polling" && memory.webSocketAt === undefined
    ? { ...memory, begin: "websocket" }
    : memory;
}

/** The service has been met this way. */
export function hasWorked(
  memory: WayMemory,
  way: Way,
  { now, urgent = false }: { readonly now: number; readonly urgent?: boolean | undefined },
): WayMemory {
  const { webSocketAt } = memory;
  if (way === "websocket") return { ...memory, begin: way, webSocketAt: undefined };
  if (webSocketAt !== undefined && webSocketAt > now) return { ...memory, begin: way };
  if (urgent) return { ...memory, begin: way, webSocketAt: now + WAY_RULES.troubledPauseMs };
  const silences = memory.silences + 1;
  return { begin: way, webSocketAt: now + pauseMs(silences), silences };
}

/** In another network all is open again: WebSocket is due at once. */
export function inAnotherNetwork({ begin, webSocketAt }: WayMemory, now: number): WayMemory {
  return begin === "polling" && webSocketAt !== undefined
    ? { begin, webSocketAt: Math.min(webSocketAt, now), silences: 0 }
    : NEW_NETWORK;
}

export function silenceMs(...tookMs: readonly number[]): number {
  const { leastMs, mostMs } = WAY_RULES.silence;
  return Math.min(Math.max(2 * Math.max(...tookMs), leastMs), mostMs);
}

function pauseMs(silences: number): number {
  const { pausesMs } = WAY_RULES;
  return pausesMs[Math.min(Math.max(silences, 1), pausesMs.length) - 1] ?? pausesMs[0];
}

export const otherWay = (way: Way): Way => (way === "websocket" ? "polling" : "websocket");
