import type { MediaKind } from "../words/chat-error.ts";

/** The search or call that a page was in the middle of. */
export interface ActiveCall {
  readonly requestId: string;
  /** Absent while nobody is met. */
  readonly roomId?: string;
  readonly camera: boolean;
  readonly microphone: boolean;
  /** The devices that the person went on without; they are not asked for again. */
  readonly without?: readonly MediaKind[];
  /** What the `find` of this request said (SPEC K5); absent where none was sent. */
  readonly relayOnly?: boolean;
  /** The room that was entered through relays only, because of the wish that there was then. */
  readonly hiddenRoom?: string;
}

/** What a tab remembers of it. Instants are the system's time, milliseconds since the Unix epoch. */
export interface Interrupted {
  readonly active?: ActiveCall;
  /** When a page was last known to be in the middle of `active`; absent once the first page was shown instead. */
  readonly activeAt?: number;
  readonly ticket?: string;
  /** When `ticket` came. */
  readonly ticketAt?: number;
}

/** How a page came to be shown. */
export type Arrival = "reload" | "other";

/** A call that the person may go on with. */
export interface OfferedCall extends ActiveCall {
  readonly roomId: string;
}

export type Return =
  | { readonly does: "nothing" }
  | { readonly does: "go-on" }
  /** Ask the person, for `forMs` from now on. */
  | { readonly does: "offer"; readonly call: OfferedCall; readonly forMs: number };

/** Bounds of a return, milliseconds (SPEC S12, T1). */
export const RETURN_RULES = { reloadMs: 30_000, ticketMs: 120_000 } as const;

/**
 * What a page does with what its tab was in the middle of (SPEC S12). Capturing and searching without a press is for a
 * reload only: whoever comes back in another way, or later, may not expect a stranger.
 *
 * @param now the system's time, milliseconds. It can be set: what lies ahead of it is as old as can be.
 */
export function judgeReturn(found: Interrupted, arrival: Arrival, now: number): Return {
  const { active, activeAt, ticket, ticketAt } = found;
  if (!active) return { does: "nothing" };
  if (arrival === "reload" && leftOf(RETURN_RULES.reloadMs, activeAt, now) >= 0) return { does: "go-on" };
  const { roomId } = active;
  const forMs = leftOf(RETURN_RULES.ticketMs, ticketAt, now);
  return roomId !== undefined && ticket !== undefined && forMs > 0
    ? { does: "offer", call: { ...active, roomId }, forMs }
    : { does: "nothing" };
}

/** What is left of `lifeMs` that began at `since`; negative: nothing. */
function leftOf(lifeMs: number, since: number | undefined, now: number): number {
  return since === undefined || since > now ? -1 : lifeMs - (now - since);
}
