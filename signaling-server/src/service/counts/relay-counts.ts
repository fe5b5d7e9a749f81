import { ERROR_CODES, type ErrorCode, type Signal, type SignalEnvelope } from "@serendip/protocol";
import { type Counter, createCounter } from "../../domain/collections/counter.ts";
import { createHistogram, type Histogram } from "../../domain/collections/histogram.ts";
import type { Relay } from "../relay/relay.ts";

const KINDS = ["offer", "answer", "candidate", "restart"] as const satisfies readonly Signal["kind"][];

/** One signal of so many is timed, a power of two: two readings of a clock cost as much as all else that is counted of a signal. */
const TIMED_OF = 64;

/** The server's part of a signal's way, milliseconds: from a quarter of what one takes to a second. */
const LATENCY_ENDS_MS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 1_000];

/** Sums of the signals of this process since its start. */
export interface RelayCounts {
  /** Signals that were taken: passed on or kept for a partner who is away. */
  readonly taken: Pick<Counter<Signal["kind"]>, "entries">;
  /** Characters of the descriptions and candidates in them. */
  readonly chars: () => number;
  /** Signals that were refused, by what their sender was told. */
  readonly refused: Pick<Counter<ErrorCode>, "entries">;
  /** Time from a signal that has been read to its text in the partner's socket, milliseconds, of one signal in 64. */
  readonly latencyMs: Pick<Histogram, "read">;
}

function charsOf(signal: Signal): number {
  if (signal.kind === "candidate") return signal.candidate.candidate.length;
  return signal.kind === "restart" ? 0 : signal.sdp.length;
}

/**
 * Counts what goes through a relay. Each signal pays some additions of whole numbers, and nothing is made for it.
 *
 * @param elapsedMs a clock of parts of a millisecond
 */
export function countRelayed(
  relay: Relay,
  elapsedMs: () => number,
): { readonly relay: Relay; readonly counts: RelayCounts } {
  const kinds = { offer: 0, answer: 0, candidate: 0, restart: 0 };
  const refused = createCounter(ERROR_CODES);
  const latencyMs = createHistogram(LATENCY_ENDS_MS);
  let chars = 0;
  let untilTimed = 1;

  const passTimed = (...[caller, envelope]: Parameters<Relay["relay"]>) => {
    untilTimed = TIMED_OF;
    const from = elapsedMs();
    const verdict = relay.relay(caller, envelope);
    latencyMs.observe(elapsedMs() - from);
    return verdict;
  };

  const note = ({ signal }: SignalEnvelope): void => {
    kinds[signal.kind] += 1;
    chars += charsOf(signal);
  };

  return {
    relay: {
      ...relay,
      relay(caller, envelope) {
        untilTimed -= 1;
        const verdict = untilTimed === 0 ? passTimed(caller, envelope) : relay.relay(caller, envelope);
        if (verdict.ok) note(envelope);
        else refused.add(verdict.code);
        return verdict;
      },
    },
    counts: {
      taken: { entries: () => KINDS.map((kind) => [kind, kinds[kind]] as const) },
      chars: () => chars,
      refused,
      latencyMs,
    },
  };
}
