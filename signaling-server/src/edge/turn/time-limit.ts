import type { Cancel, Clock } from "@serendip/time";
import { TurnFailure } from "./turn-failure.ts";

/** A time that ends for sure. */
export interface TimeLimit {
  /** Why the time is over; undefined as long as it is not. */
  over(): TurnFailure | undefined;
  /** Milliseconds that are left. */
  leftMs(): number;
  /** Calls `run` when the time is over, at once when it is already. */
  onOver(run: (why: TurnFailure) => void): Cancel;
  /** Settles as `work` does, or rejects when the time is over before. */
  race<Result>(work: Promise<Result>): Promise<Result>;
  /** Ends the time now, unless it is over. */
  close(): void;
}

/** The time is over when `withinMs` have passed, or when `left` is aborted. */
export function startTimeLimit({
  clock,
  withinMs,
  left,
}: {
  readonly clock: Clock;
  readonly withinMs: number;
  readonly left?: AbortSignal | undefined;
}): TimeLimit {
  const until = clock.now() + withinMs;
  const waiting = new Set<(why: TurnFailure) => void>();
  let over: TurnFailure | undefined;

  const end = (says: string): void => {
    if (over) return;
    over = new TurnFailure("unreachable", says);
    cancel();
    left?.removeEventListener("abort", close);
    for (const run of waiting) run(over);
    waiting.clear();
  };
  const close = () => end("was not waited for");
  const cancel = clock.after(withinMs, () => end(`does not answer within the ${withinMs} ms of a check`));
  if (left?.aborted) close();
  else left?.addEventListener("abort", close);

  const onOver = (run: (why: TurnFailure) => void): Cancel => {
    if (over) run(over);
    else waiting.add(run);
    return () => waiting.delete(run);
  };

  return {
    over: () => over,
    leftMs: () => (over ? 0 : Math.max(0, until - clock.now())),
    onOver,
    race: (work) =>
      new Promise((resolve, reject) => {
        const stop = onOver(reject);
        work.then(resolve, reject).then(stop, stop);
      }),
    close,
  };
}
