import type { AwayCause } from "@serendip/protocol";

/** How long a session without a socket keeps its place. 0: not at all. */
export interface Grace {
  readonly queuedMs: number;
  readonly inRoomMs: number;
}

/** A socket that fell silent may mean that the whole network of somebody is gone. */
export interface SilentGrace extends Grace {
  /** In a room in which media has flowed: it has stopped, or nobody is there to say that it flows (SPEC G9). */
  readonly cutInRoomMs: number;
}

/** What the lobby's rules leave open. Every duration is in milliseconds. */
export interface LobbySettings {
  /** Grace by the cause of the loss and the place held (SPEC G2). */
  readonly graces: Readonly<Record<AwayCause, Grace>> & { readonly silent: SilentGrace };
  /** The longest that a place in a room is kept because the partner says that media flows (SPEC G8). */
  readonly holdMs: number;
  /** Both sides of a match have to say `ready` within this (SPEC M6). */
  readonly readyMs: number;
  /** Two who were together are not put together again for this long (SPEC M5). */
  readonly rematchMs: number;
  /** Both having waited this long lifts the rule of `rematchMs` for the two. */
  readonly rematchLiftMs: number;
  /** The same when only two people are online. */
  readonly rematchLiftWhenTwoMs: number;
  /** Whether two sessions of one device may meet (SPEC M2). */
  readonly matchSameDevice: boolean;
  /** So many takeovers by another tab are let through per `takeoverWindowMs` (SPEC S5). */
  readonly takeoverLimit: number;
  readonly takeoverWindowMs: number;
  /** How long, and how many of the latest, answers of a session are remembered (SPEC Q1). */
  readonly requestMemoryMs: number;
  readonly requestMemoryCount: number;
  /** The partner is told of an absence only when it lasts longer than this (SPEC R7). */
  readonly awayDebounceMs: number;
  /** How long the first ticket of a room waits for the second (SPEC T2). */
  readonly reviveMs: number;
  /** A ticket of a room that ended here revives nothing for this long; at least for as long as a ticket is taken. */
  readonly endedRoomMs: number;
  /** A session without a sign of life for this long is removed by the next sweep (SPEC G5). */
  readonly staleMs: number;
  /** How often the sweep runs. */
  readonly sweepMs: number;
}

/** The figures of SPEC. */
export const DEFAULT_LOBBY_SETTINGS: LobbySettings = {
  graces: {
    unload: { queuedMs: 3_000, inRoomMs: 3_000 },
    protocol: { queuedMs: 0, inRoomMs: 3_000 },
    dropped: { queuedMs: 3_000, inRoomMs: 10_000 },
    silent: { queuedMs: 0, inRoomMs: 3_000, cutInRoomMs: 45_000 },
    drain: { queuedMs: 30_000, inRoomMs: 30_000 },
  },
  holdMs: 120_000,
  readyMs: 10_000,
  rematchMs: 600_000,
  rematchLiftMs: 15_000,
  rematchLiftWhenTwoMs: 5_000,
  matchSameDevice: true,
  takeoverLimit: 3,
  takeoverWindowMs: 60_000,
  requestMemoryMs: 60_000,
  requestMemoryCount: 32,
  awayDebounceMs: 1_000,
  reviveMs: 15_000,
  endedRoomMs: 180_000,
  staleMs: 120_000,
  sweepMs: 30_000,
};
