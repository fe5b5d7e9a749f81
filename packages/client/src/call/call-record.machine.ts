import type { CallReport } from "@serendip/protocol";
import { isInRoom } from "./call-facts.machine.ts";
import type { CallPhase, CallState } from "./call-state.machine.ts";

type Recovered = CallReport["recovered"];

/** What this side knows of its call in one room. Instants are readings of the engine's clock. */
export interface CallRecord {
  readonly roomId: string;
  /** What there was when the room began. */
  readonly ice: CallReport["ice"];
  /** Undefined where the match was before this page was loaded. */
  readonly matchedAt: number | undefined;
  /** When the phase was `connected` for the first time: the connection stands then, the first frame follows at once. */
  readonly firstMediaAt: number | undefined;
  /** The path that was read last; a call of less than a second may have none. */
  readonly route: CallReport["route"];
  readonly recovered: Recovered;
  /** Of the connection that stood last, or that the room began with. */
  readonly generation: number;
  /** The interruption that lasts, with the ICE restarts of this side. */
  readonly interruption: { readonly restarts: number } | undefined;
}

const NOTHING_RECOVERED: Recovered = { byItself: 0, byRestart: 0, byRebuild: 0 };
/** More than this is not told (`CallReport`). */
const MOST_RECOVERIES = 1_000;

/** The record of a room that has just begun for this page. */
export function beginRecord({ at }: CallState, ice: CallReport["ice"], now: number): CallRecord | undefined {
  if (!isInRoom(at)) return undefined;
  const { roomId, generation } = at.room;
  const record: CallRecord = {
    roomId,
    ice,
    // A page that was loaded anew comes back into a later generation.
    matchedAt: generation === 1 ? now : undefined,
    firstMediaAt: undefined,
    route: undefined,
    recovered: NOTHING_RECOVERED,
    generation,
    interruption: undefined,
  };
  return followRecord(record, at, now);
}

/** The record after a change of its call; `at` is still in its room. */
export function followRecord(record: CallRecord, at: CallPhase, now: number): CallRecord {
  if (at.phase === "reconnecting") return { ...record, interruption: { restarts: at.ladder.restarts } };
  if (at.phase !== "connected") return record;
  const { generation } = at.room;
  const connected = { ...record, firstMediaAt: record.firstMediaAt ?? now, generation };
  const step = stepOf(record, generation);
  if (!step) return connected;
  const times = Math.min(record.recovered[step] + 1, MOST_RECOVERIES);
  return { ...connected, recovered: { ...record.recovered, [step]: times }, interruption: undefined };
}

/** The highest step that ended an interruption. A restart by the partner alone looks from here as if nothing was done. */
function stepOf({ generation, interruption }: CallRecord, present: number): keyof Recovered | undefined {
  if (!interruption) return undefined;
  if (present !== generation) return "byRebuild";
  return interruption.restarts > 0 ? "byRestart" : "byItself";
}

/** Why the room is over, from where the call is now and what it was before. */
export function endOf({ at, peerFailures }: CallState, before: CallState): CallReport["end"] {
  switch (at.phase) {
    case "idle":
      return "stop";
    case "partner-left":
      return at.reason === "server-restart" ? "other" : "partner-left";
    case "failed":
      return peerFailures.all > before.peerFailures.all ? "media-failed" : "other";
    case "searching":
      if (peerFailures.all > before.peerFailures.all) return "media-failed";
      // Back in the queue without a failure: the server's doing, not a person's.
      return at.former === undefined ? "next" : "other";
    default:
      return "other";
  }
}

/** What is to be told of a room that is over. */
export function reportOf(record: CallRecord, end: CallReport["end"], now: number): CallReport {
  const { roomId, ice, matchedAt, firstMediaAt, route, recovered } = record;
  return {
    roomId,
    outcome: firstMediaAt !== undefined ? "connected" : end === "media-failed" ? "failed" : "abandoned",
    ice,
    ...(firstMediaAt !== undefined && { talkedMs: Math.round(now - firstMediaAt) }),
    ...(firstMediaAt !== undefined &&
      matchedAt !== undefined && { firstMediaMs: Math.round(firstMediaAt - matchedAt) }),
    ...(route && { route }),
    recovered,
    end,
  };
}
