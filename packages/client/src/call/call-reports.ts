import type { CallReport } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { PeerReading } from "../peer/peer-link.port.ts";
import type { IceStatus } from "../words/chat-health.ts";
import { isInRoom } from "./call-facts.machine.ts";
import { beginRecord, type CallRecord, endOf, followRecord, reportOf } from "./call-record.machine.ts";
import type { CallState } from "./call-state.machine.ts";

/** Tells the service once for each room how the call went (SPEC H2). */
export interface CallReports {
  /** To be called after each change of the call. */
  look(state: CallState, previous: CallState): void;
  /** To be called just before a `leave`, which may be the last word: the room of this state is over. */
  leave(state: CallState): void;
  /** A reading of the current peer connection. */
  take(reading: PeerReading): void;
  /** The service hears this session. */
  welcome(sessionId: string): void;
}

/** Reports that wait for the service; the oldest go first. */
const MOST_KEPT = 5;

interface Kept {
  readonly report: CallReport;
  readonly sessionId: string | undefined;
}

export function createCallReports(options: {
  readonly clock: Pick<Clock, "now">;
  readonly iceMode: () => IceStatus["mode"];
  /** Those on the way to this room. */
  readonly stretches: (roomId: string) => CallReport["stretches"];
  readonly sessionId: () => string | undefined;
  readonly online: () => boolean;
  /** Rejects when there was no answer. */
  readonly send: (report: CallReport) => Promise<unknown>;
  /** Hands the report over before the connection is closed. */
  readonly tell: (report: CallReport) => void;
}): CallReports {
  const { clock } = options;
  let current: { readonly record: CallRecord; readonly sessionId: string | undefined } | undefined;
  let before: CallState | undefined;
  let kept: readonly Kept[] = [];

  const keep = (one: Kept): void => {
    kept = [...kept, one].slice(-MOST_KEPT);
  };

  const send = (one: Kept): void => {
    if (options.online() && one.sessionId === options.sessionId())
      options.send(one.report).catch(() => keep(one));
    else keep(one);
  };

  const end = (how: CallReport["end"], by: (one: Kept) => void): void => {
    if (!current) return;
    const { record, sessionId } = current;
    current = undefined;
    const stretches = options.stretches(record.roomId);
    by({ report: { ...reportOf(record, how, clock.now()), ...(stretches && { stretches }) }, sessionId });
  };

  const change = (record: CallRecord | undefined): void => {
    current = record && { record, sessionId: current ? current.sessionId : options.sessionId() };
  };

  const iceMode = (): CallReport["ice"] => {
    const mode = options.iceMode();
    return mode === "unknown" ? "none" : mode;
  };

  return {
    look(state, previous) {
      before = state;
      const { at } = state;
      const roomId = isInRoom(at) ? at.room.roomId : undefined;
      if (current && roomId !== current.record.roomId) end(endOf(state, previous), send);
      if (current) change(followRecord(current.record, at, clock.now()));
      // A room whose report was told already, by `leave`, is not entered again.
      else change(beginRecord(state, iceMode(), clock.now()));
    },

    leave(state) {
      end(endOf(state, before ?? state), (one) => (options.online() ? options.tell(one.report) : keep(one)));
    },

    take({ route }) {
      if (!current || !route) return;
      const { local, remote, protocol } = route;
      change({ ...current.record, route: { local, remote, ...(protocol && { protocol }) } });
    },

    welcome(sessionId) {
      const waiting = kept;
      kept = [];
      for (const one of waiting) if (one.sessionId === sessionId) send(one);
    },
  };
}
