import { type Cancel, type Clock, deadlineTimer } from "@serendip/time";
import type { Played } from "../store/lobby-store.ts";

interface ClockworkParts {
  readonly clock: Clock;
  nextDeadline(): Promise<number | undefined>;
  tick(): Promise<void>;
  onFailure(error: unknown): void;
}

/** The service's timer for what falls due in the lobby. */
export interface Clockwork {
  /** To be called after each outcome. No timer is set while there is nothing to wait for. */
  rearm(played?: Pick<Played, "dueAt">): void;
  stop(): void;
}

/** A deadline that stays in the past after its tick must not turn into a busy loop. */
const SHORTEST_WAIT_MS = 5;
/** Pause before the store is asked again after it could not be reached. */
const STORE_PAUSE_MS = 500;

export function createClockwork(parts: ClockworkParts): Clockwork {
  const { clock } = parts;
  let stopped = false;
  let asking = false;
  let askAgain = false;
  let cancelPause: Cancel | undefined;
  /** The lobby's next deadline, as far as it is known here. */
  let dueAt: number | undefined;
  /** When the timer fires. That may be before the deadline: most deadlines move on before they come. */
  let armedFor: number | undefined;

  const timer = deadlineTimer(clock, () => {
    armedFor = undefined;
    if (dueAt === undefined) return;
    if (dueAt > clock.now()) point();
    else guard(parts.tick());
  });

  const point = (): void => {
    if (dueAt !== undefined && armedFor !== undefined && armedFor <= dueAt) return;
    armedFor = dueAt === undefined ? undefined : Math.max(dueAt, clock.now() + SHORTEST_WAIT_MS);
    timer.pointAt(armedFor);
  };

  const guard = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      parts.onFailure(error);
      if (stopped) return;
      cancelPause?.();
      cancelPause = clock.after(STORE_PAUSE_MS, rearm);
    });
  };

  /** Asks the store for its next deadline, one question at a time, so that no older answer replaces a newer one. */
  async function askDeadline(): Promise<void> {
    do {
      askAgain = false;
      dueAt = await parts.nextDeadline();
      if (stopped) return;
      point();
    } while (askAgain);
  }

  function rearm(played?: Pick<Played, "dueAt">): void {
    if (stopped) return;
    // An answer that is under way is older than what has just been told, and asked for again.
    if (played?.dueAt !== undefined && !asking) {
      dueAt = Number.isFinite(played.dueAt) ? played.dueAt : undefined;
      point();
      return;
    }
    askAgain = true;
    if (asking) return;
    asking = true;
    guard(
      askDeadline().finally(() => {
        asking = false;
      }),
    );
  }

  return {
    rearm,
    stop() {
      stopped = true;
      cancelPause?.();
      timer.pointAt(undefined);
    },
  };
}
