import { type Cancel, type Clock, deadlineTimer } from "@serendip/time";

interface TimerParts {
  readonly clock: Clock;
  readonly renewMs: number;
  nextDeadline(): Promise<number | undefined>;
  tick(): Promise<void>;
  renewTickets(): Promise<void>;
  anybodyInRoom(): boolean;
  onFailure(error: unknown): void;
}

/** The two things the lobby does by itself: what falls due, and newer tickets. */
export interface LobbyTimers {
  /** To be called after each command. No timer is set while there is nothing to wait for. */
  rearm(): void;
  stop(): void;
}

/** A deadline that stays in the past after its tick must not turn into a busy loop. */
const SHORTEST_WAIT_MS = 5;
/** When the store is asked again after it could not be reached. */
const STORE_PAUSE_MS = 500;

export function createLobbyTimers(parts: TimerParts): LobbyTimers {
  const { clock, renewMs } = parts;
  let stopped = false;
  let asking = false;
  let askAgain = false;
  let renewAt: number | undefined;
  let cancelPause: Cancel | undefined;

  const dueTimer = deadlineTimer(clock, () => guard(parts.tick()));
  const renewTimer = deadlineTimer(clock, () => {
    renewAt = undefined;
    rearmRenewal();
    guard(parts.renewTickets());
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
    if (parts.anybodyInRoom()) renewAt ??= clock.now() + renewMs;
    else renewAt = undefined;
    renewTimer.pointAt(renewAt);
  };

  /** One question at a time: the last answer is the one that counts. */
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
