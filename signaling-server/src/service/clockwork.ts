import { type Cancel, type Clock, deadlineTimer } from "@serendip/time";

interface ClockworkParts {
  readonly clock: Clock;
  /** Each ticket is renewed once in this time. */
  readonly renewMs: number;
  nextDeadline(): Promise<number | undefined>;
  tick(): Promise<void>;
  renewTickets(part: number, parts: number): void;
  anybodyInRoom(): boolean;
  onFailure(error: unknown): void;
}

/** The service's two timers: for what falls due in the lobby, and for the renewal of tickets. */
export interface Clockwork {
  /** To be called after each outcome. No timer is set while there is nothing to wait for. */
  rearm(): void;
  stop(): void;
}

/** A deadline that stays in the past after its tick must not turn into a busy loop. */
const SHORTEST_WAIT_MS = 5;
/** Pause before the store is asked again after it could not be reached. */
const STORE_PAUSE_MS = 500;
/** Tickets are renewed part by part, so that ten thousand of them do not keep everybody waiting at once. */
const RENEWAL_PARTS = 30;

export function createClockwork(parts: ClockworkParts): Clockwork {
  const { clock, renewMs } = parts;
  let stopped = false;
  let asking = false;
  let askAgain = false;
  let renewAt: number | undefined;
  let renewPart = 0;
  let cancelPause: Cancel | undefined;

  const dueTimer = deadlineTimer(clock, () => guard(parts.tick()));
  const renewTimer = deadlineTimer(clock, () => {
    renewAt = undefined;
    rearmRenewal();
    renewPart = (renewPart + 1) % RENEWAL_PARTS;
    parts.renewTickets(renewPart, RENEWAL_PARTS);
  });

  const guard = (work: Promise<void>): void => {
    work.catch((error: unknown) => {
      parts.onFailure(error);
      if (stopped) return;
      cancelPause?.();
      cancelPause = clock.after(STORE_PAUSE_MS, rearm);
    });
  };

  const rearmRenewal = (): void => {
    if (parts.anybodyInRoom()) renewAt ??= clock.now() + renewMs / RENEWAL_PARTS;
    else renewAt = undefined;
    renewTimer.pointAt(renewAt);
  };

  /** Asks the store for its next deadline, one question at a time, so that no older answer replaces a newer one. */
  async function askDeadline(): Promise<void> {
    do {
      askAgain = false;
      const at = await parts.nextDeadline();
      if (stopped) return;
      dueTimer.pointAt(at === undefined ? undefined : Math.max(at, clock.now() + SHORTEST_WAIT_MS));
    } while (askAgain);
  }

  function rearm(): void {
    if (stopped) return;
    rearmRenewal();
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
      dueTimer.pointAt(undefined);
      renewTimer.pointAt(undefined);
    },
  };
}
