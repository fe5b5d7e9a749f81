import type { AwayCause } from "@serendip/protocol";
import { DEFAULT_FLOOD_RULES, type FloodRules } from "../flood.ts";
import { DEFAULT_STANDING_RULES, type StandingRules } from "./standing/rules.ts";

/** How long a session without a socket keeps its place. 0: not at all. */
export interface Grace {
  readonly queuedMs: number;
  readonly inRoomMs: number;
}

/** Grace after a connection fell silent, which may mean that the person's whole network is gone. */
export interface SilentGrace extends Grace {
  /** Grace in a room in which media has flowed, when it has stopped or nobody is there to say that it flows (SPEC G9). */
  readonly cutInRoomMs: number;
}

/** The figures that the rules of the lobby leave open. All durations are in milliseconds. */
export interface LobbySettings {
  /** Grace by the cause of the loss and the place held (SPEC G2). */
  readonly graces: Readonly<Record<AwayCause, Grace>> & { readonly silent: SilentGrace };
  /** The longest that a place in a room is kept because the partner says that media flows (SPEC G8). */
  readonly holdMs: number;
  /** Time within which both sides of a match have to say `ready` (SPEC M6). */
  readonly readyMs: number;
  /** The same where either page had camera and microphone before the match. Never longer than `readyMs`. */
  readonly readyWithMediaMs: number;
  /** Time for which two who were together are not put together again (SPEC M5). */
  readonly rematchMs: number;
  /** Two who were together lately may meet again once both have waited this long. */
  readonly rematchLiftMs: number;
  /** Two who were together lately may meet again once both have waited this long and nobody else is online. */
  readonly rematchLiftWhenTwoMs: number;
  /** Whether two sessions of one device may meet (SPEC M2). */
  readonly matchSameDevice: boolean;
  /** Number of takeovers by another tab that are let through within `takeoverWindowMs` (SPEC S5). */
  readonly takeoverLimit: number;
  readonly takeoverWindowMs: number;
  /** How long the latest `requestMemoryCount` answers of a session are remembered (SPEC Q1). */
  readonly requestMemoryMs: number;
  readonly requestMemoryCount: number;
  /** What one person may make partners do (SPEC R17). */
  readonly flood: FloodRules;
  /** Who is matched with whom by what they have done lately (SPEC M10–M14). */
  readonly standing: StandingRules;
  /**
   * Most memories of each kind (answers, pairs, ended rooms, what people have left), each for its own time: beyond that the oldest is
   * forgotten, because strangers make as many of them as they like (SPEC B8).
   */
  readonly mostMemories: number;
  /** The partner is told of an absence only when it lasts longer than this (SPEC R7). */
  readonly awayDebounceMs: number;
  /** How long the first ticket of a room waits for the second (SPEC T2). */
  readonly reviveMs: number;
  /** How long the id of an ended room is remembered, so that its tickets revive nothing. At least the life of a ticket. */
  readonly endedRoomMs: number;
  /** A session without a sign of life for this long is removed by the next sweep (SPEC G5). */
  readonly staleMs: number;
  /** How often the sweep runs. */
  readonly sweepMs: number;
}

/** The values that SPEC names. */
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
  // A hidden page's timers run once a second, and a slow network takes 2 s there and back.
  readyWithMediaMs: 4_000,
  rematchMs: 600_000,
  rematchLiftMs: 15_000,
  rematchLiftWhenTwoMs: 5_000,
  matchSameDevice: true,
  takeoverLimit: 3,
  takeoverWindowMs: 60_000,
  requestMemoryMs: 60_000,
  requestMemoryCount: 32,
  flood: DEFAULT_FLOOD_RULES,
  standing: DEFAULT_STANDING_RULES,
  mostMemories: 100_000,
  awayDebounceMs: 1_000,
  reviveMs: 15_000,
  endedRoomMs: 180_000,
  staleMs: 120_000,
  sweepMs: 30_000,
};
