/** Events in a row before the sockets are looked at again, so that a late pacer still receives. */
const BATCH = 16;
/** A turn of the loop that took longer did something, though nobody said so: acknowledgements were read, for example. */
const IDLE_TURN_MS = 0.02;
/** From the call to the first event, milliseconds. */
const HEAD_START_MS = 5;

/** Event number n is due `n / perSecond` seconds after the start, whatever the server does: an open loop. */
export interface Plan {
  readonly perSecond: number;
  readonly count: number;
  /** @param dueAt reading of `performance.now()` from which latency counts, so that a late sender hides no slow server */
  readonly fire: (n: number, dueAt: number) => void;
}

/**
 * Says when events are due. It looks again and again instead of sleeping, so that no timer adds to what is measured; the looks that find
 * nothing to do are its idle time.
 */
export interface Pacer {
  /** Something was received, so this turn of the loop was not idle. */
  touch(): void;
  /** Resolves once all have been fired, with how late each was, milliseconds. */
  run(plan: Plan): Promise<Float64Array>;
  /** Goes on looking; resolves with whether it was so within this time. */
  until(isSo: () => boolean, withinMs: number): Promise<boolean>;
  /** From now on; the returned function says which share of the time the loop had work, and ends it. */
  watchBusy(): () => number;
}

export interface PacerParts {
  readonly now: () => number;
  /** The loop's next turn. */
  readonly soon: (run: () => void) => void;
}

const PLATFORM: PacerParts = { now: () => performance.now(), soon: (run) => void setImmediate(run) };

export function createPacer({ now, soon }: PacerParts = PLATFORM): Pacer {
  let hasWorked = false;
  return {
    touch() {
      hasWorked = true;
    },
    run({ perSecond, count, fire }) {
      const lateMs = new Float64Array(count);
      const gapMs = 1_000 / perSecond;
      const startAt = now() + HEAD_START_MS;
      return new Promise((resolve) => {
        let next = 0;
        const turn = () => {
          for (let fired = 0; fired < BATCH && next < count; fired += 1) {
            const dueAt = startAt + next * gapMs;
            const at = now();
            if (dueAt > at) break;
            lateMs[next] = at - dueAt;
            fire(next, dueAt);
            next += 1;
            hasWorked = true;
          }
          if (next < count) soon(turn);
          else resolve(lateMs);
        };
        turn();
      });
    },
    until(isSo, withinMs) {
      const deadline = now() + withinMs;
      return new Promise((resolve) => {
        const turn = () => {
          if (isSo()) resolve(true);
          else if (now() > deadline) resolve(false);
          else soon(turn);
        };
        turn();
      });
    },
    watchBusy() {
      const begunAt = now();
      let idleMs = 0;
      let lastAt = begunAt;
      let isWatching = true;
      const turn = () => {
        const at = now();
        if (!hasWorked && at - lastAt < IDLE_TURN_MS) idleMs += at - lastAt;
        hasWorked = false;
        lastAt = at;
        if (isWatching) soon(turn);
      };
      turn();
      return () => {
        isWatching = false;
        return 1 - idleMs / (now() - begunAt);
      };
    },
  };
}
