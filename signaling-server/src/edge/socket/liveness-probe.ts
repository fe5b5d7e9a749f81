import type { Cancel, Clock } from "@serendip/time";
import { waitForSign } from "../engine/patience.ts";

/** Asks one connection whether anybody is there (SPEC G7). */
export interface LivenessProbe {
  /** Sends a probe at once. While an earlier one has its time, one more is sent when that time is over. */
  ask(): void;
  /** Stops its timer; whether an answer comes does not matter any more. */
  end(): void;
}

/**
 * A single timer bounds both how long an answer may take and how often is asked.
 *
 * @param options.send hands over a probe and calls `onAnswer` when it is acknowledged.
 * @param options.onSilent called at most once: no answer came within `withinMs`.
 */
export function createLivenessProbe(options: {
  readonly clock: Clock;
  readonly withinMs: number;
  readonly send: (onAnswer: () => void) => void;
  readonly onSilent: () => void;
  readonly afterPoll?: (run: () => void) => void;
}): LivenessProbe {
  const { clock, withinMs, send, onSilent, afterPoll } = options;
  let running: Cancel | undefined;
  let askAgain = false;
  let ended = false;

  const start = (): void => {
    let answered = false;
    askAgain = false;
    const onEnd = () => {
      running = undefined;
      if (!answered) {
        ended = true;
        onSilent();
      } else if (askAgain) start();
    };
    running = waitForSign({ clock, withinMs, onEnd, hasCome: () => answered }, afterPoll);
    send(() => {
      answered = true;
    });
  };

  return {
    ask() {
      if (ended) return;
      if (running) askAgain = true;
      else start();
    },
    end() {
      ended = true;
      running?.();
      running = undefined;
    },
  };
}
