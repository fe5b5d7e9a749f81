import type { Cancel, Clock } from "@serendip/time";
import { waitForSign } from "../engine/patience.ts";

/** Asks one connection whether anybody is there (SPEC G7). */
export interface LivenessProbe {
  /** Sends a probe; while one is under way, the next one is sent when its time is over. */
  ask(): void;
  /** Stops waiting for an answer, for good. */
  end(): void;
}

/** One timer bounds both the time for an answer and the rate of probes. */
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
