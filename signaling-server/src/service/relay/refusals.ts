import type { ErrorCode, SessionId, SignalEnvelope, UserId } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Caller } from "../../domain/lobby/command.ts";
import type { FloodMeter } from "../../ports/counting.ts";
import type { KnownRoom } from "../membership.ts";
import { countedAs, holeIn, type Lane } from "./lane.ts";

/** Who speaks in a room, in its present generation. */
export interface Speaker {
  readonly room: KnownRoom;
  readonly userId: UserId | undefined;
  readonly lane: Lane;
  /** The partner's session; undefined while there is none. */
  readonly receiver: SessionId | undefined;
  /** The partner's lane. */
  readonly opposite: Lane | undefined;
}

/** A signal that was sent, with its place. */
export interface Sent {
  readonly speaker: Speaker;
  readonly sender: Caller;
  readonly envelope: SignalEnvelope;
}

export type RelayRefusal =
  /** `isFlood`: the sender was refused so often that the room has to end (SPEC R17). */
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly retryAfterMs?: number;
      readonly isFlood?: true;
    }
  /** This generation cannot go on, and the room needs a new one: the buffer for the partner is full (SPEC R6), or a number is lost. */
  | {
      readonly ok: false;
      readonly code: "partner_unreachable" | "stale_generation";
      readonly generation: number;
    };

/** What is refused, in which words, and whether it counts for the sender (SPEC R3, R12, R17). */
export interface Refusals {
  /** The signal can never pass. */
  never(sent: Sent, code: ErrorCode): RelayRefusal;
  /**
   * Something that was refused or lost has to come before it. Nothing passes there, so what follows from one refusal or one lost
   * number counts for nothing; only the loss itself does.
   */
  behindHole(sent: Sent): RelayRefusal;
  /** There is no room for it at the receiver for so long. It counts only for who was told to wait and does not. */
  atReceiver(sent: Sent, retryAfterMs: number): RelayRefusal;
  /** The person has sent too much of it in a minute. */
  tooMany(sent: Sent): RelayRefusal | undefined;
  /** How long a signal waits behind one that has to wait, milliseconds; 0: there is none. */
  behindWaitMs(lane: Lane): number;
  /** The person sends too much of whatever kind (SPEC B3): this signal may be sent after so long. */
  limited(sent: Sent, forMs: number): void;
  /** Nothing more can be kept for an absent partner. */
  unreachable(sent: Sent): RelayRefusal;
}

/**
 * Pause for a sender who has sent more behind a signal that was refused, milliseconds: the refused one may be under way again by
 * then, however short its own pause was.
 */
const BEHIND_MS = 250;

const floodIf = (isFlood: boolean) => (isFlood ? ({ isFlood: true } as const) : {});

export function createRefusals(parts: {
  readonly clock: Pick<Clock, "now">;
  readonly meter: FloodMeter;
}): Refusals {
  const { clock, meter } = parts;

  const count = ({ speaker: { userId } }: Sent) =>
    floodIf(userId !== undefined && meter.refuse(userId).isFlood);

  /** The sender has to send this signal again, and what comes behind it. */
  const wait = ({ speaker: { lane }, sender, envelope: { sequence } }: Sent, forMs: number): void => {
    // Where a restart has forgotten the numbers the first one that is seen counts, also when it has to wait.
    lane.next ??= sequence;
    lane.hole = { sequence, epoch: sender.epoch, until: clock.now() + forMs };
  };

  const behindWaitMs = (lane: Lane): number => {
    const until = holeIn(lane)?.until;
    return until === undefined ? 0 : Math.max(BEHIND_MS, until - clock.now());
  };

  return {
    never: (sent, code) => ({ ok: false, code, ...count(sent) }),

    behindHole(sent) {
      const { sender } = sent;
      const { room, lane } = sent.speaker;
      const hole = holeIn(lane);
      const retryAfterMs = behindWaitMs(lane);
      if (retryAfterMs > 0) return { ok: false, code: "rate_limited", retryAfterMs };
      if (!hole) {
        lane.hole = { sequence: lane.next ?? 0, epoch: sender.epoch, until: undefined };
        return { ok: false, code: "bad_sequence", ...count(sent) };
      }
      // The sender has reconnected for it and does not have it either, so another reconnect would not help.
      const isLost = sender.epoch > hole.epoch;
      return isLost
        ? { ok: false, code: "stale_generation", generation: room.generation }
        : { ok: false, code: "bad_sequence" };
    },

    atReceiver(sent, retryAfterMs) {
      const wasToldToWait = clock.now() < (holeIn(sent.speaker.lane)?.until ?? 0);
      wait(sent, retryAfterMs);
      return { ok: false, code: "rate_limited", retryAfterMs, ...(wasToldToWait && count(sent)) };
    },

    tooMany(sent) {
      const { lane, opposite, userId } = sent.speaker;
      const kind = countedAs(lane, opposite, sent.envelope);
      if (userId === undefined || !kind) return undefined;
      const verdict = meter.take(userId, kind);
      if (verdict.ok) return undefined;
      const { retryAfterMs, isFlood } = verdict;
      wait(sent, retryAfterMs);
      return { ok: false, code: "rate_limited", retryAfterMs, ...floodIf(isFlood) };
    },

    behindWaitMs,
    limited: wait,

    unreachable(sent) {
      wait(sent, 0);
      return { ok: false, code: "partner_unreachable", generation: sent.speaker.room.generation };
    },
  };
}
