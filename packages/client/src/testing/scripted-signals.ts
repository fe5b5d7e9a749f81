import {
  type ErrorBody,
  errorBody,
  LIMITS,
  type ServerBody,
  type SessionState,
  type SignalEnvelope,
  TIMES,
} from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";

/** How the server's acknowledgements of signals come to the page (SPEC R20). */
export type AckBehaviour =
  | "usual"
  /** None comes. */
  | "lost"
  /** Each comes after others of the server's words. */
  | "late"
  /** Each comes three times, and once more for its first signal alone. */
  | "repeated";

/** The signals of the page, as the server takes them: numbers without holes in each generation (SPEC R3). */
export interface ScriptedLanes {
  /** Takes a signal, or says why not. */
  judge(envelope: SignalEnvelope, state: SessionState): ErrorBody | undefined;
  /** What was taken, each once. */
  readonly taken: readonly SignalEnvelope[];
  /** How many came behind one that was missing. */
  missing(): number;
}

export function createScriptedLanes(): ScriptedLanes {
  const next = new Map<string, number>();
  const taken: SignalEnvelope[] = [];
  let missing = 0;
  return {
    judge(envelope, state) {
      const { roomId, generation, sequence } = envelope;
      if (state.kind !== "in-room" || state.room.roomId !== roomId) return errorBody("not_in_room");
      if (generation < state.room.generation) return errorBody("stale_generation");
      const lane = `${roomId} ${generation}`;
      const awaited = next.get(lane) ?? 1;
      if (sequence > awaited) {
        missing += 1;
        return errorBody("bad_sequence");
      }
      if (sequence < awaited) return undefined;
      next.set(lane, sequence + 1);
      taken.push(envelope);
      return undefined;
    },
    taken,
    missing: () => missing,
  };
}

/** What the server says over one connection of signals that came without an acknowledgement. */
export interface ScriptedAcks {
  take(envelope: SignalEnvelope): void;
  refuse(envelope: SignalEnvelope, error: ErrorBody): void;
  /** The connection is gone. */
  end(): void;
}

/** How late an acknowledgement comes that is late; still in time for the page. */
const LATE_MS = 3_000;

export function createScriptedAcks({
  clock,
  behaviour,
  acked,
  refused,
}: {
  readonly clock: Clock;
  readonly behaviour: () => AckBehaviour;
  readonly acked: (body: ServerBody<"acked">) => void;
  readonly refused: (body: ServerBody<"signal-refused">) => void;
}): ScriptedAcks {
  let owed: readonly SignalEnvelope[] = [];
  let cancelTurn: Cancel | undefined;
  const late = new Set<Cancel>();

  const later = (run: () => void): void => {
    const cancel = clock.after(LATE_MS, () => {
      late.delete(cancel);
      run();
    });
    late.add(cancel);
  };

  function tell(): void {
    cancelTurn?.();
    cancelTurn = undefined;
    const [first] = owed;
    const newest = Math.max(...owed.map(({ sequence }) => sequence));
    owed = [];
    if (!first) return;
    const { roomId, generation } = first;
    const say = (upTo: number) => acked({ roomId, generation, upTo });
    switch (behaviour()) {
      case "usual":
        say(newest);
        break;
      case "lost":
        break;
      case "late":
        later(() => say(newest));
        break;
      case "repeated":
        for (const upTo of [newest, newest, first.sequence, newest]) say(upTo);
    }
  }

  return {
    take(envelope) {
      const { roomId, generation } = envelope;
      if (owed[0] && (owed[0].roomId !== roomId || owed[0].generation !== generation)) tell();
      owed = [...owed, envelope];
      if (owed.length >= LIMITS.signalsPerAck) tell();
      else cancelTurn ??= clock.after(TIMES.ackMs, tell);
    },
    refuse({ roomId, generation, sequence }, error) {
      tell();
      refused({ roomId, generation, sequence, error });
    },
    end() {
      cancelTurn?.();
      for (const cancel of late) cancel();
      late.clear();
      owed = [];
    },
  };
}
