import type { Cancel, Clock } from "@serendip/time";
import { beat, isStalled, PULSE_RULES, type Pulse } from "./machine/media-pulse.ts";
import type { PeerReading } from "./ports.ts";

/** Says when the bytes of the present peer connection stop coming in, and when they come again. */
export interface StallWatch {
  /** A reading of the connection; undefined: it is another one from now on, or none. */
  take(reading: PeerReading | undefined): void;
  /** ICE says that the path is interrupted. Not waiting for the next reading, this is confirmed or not. */
  interrupted(): void;
  /** ICE says that the path is there (again): what was silent before counts no more. */
  connected(): void;
}

export function createStallWatch(options: {
  readonly clock: Clock;
  readonly read: () => Promise<PeerReading | undefined>;
  readonly onStalled: () => void;
  readonly onFlows: () => void;
}): StallWatch {
  const { clock, read } = options;
  let pulse: Pulse | undefined;
  let stalled = false;
  let confirm: Cancel = () => {};

  const judge = (): void => {
    const now = pulse !== undefined && isStalled(pulse, clock.now());
    if (now === stalled) return;
    stalled = now;
    if (now) options.onStalled();
    else options.onFlows();
  };

  const forget = (): void => {
    confirm();
    pulse = undefined;
    stalled = false;
  };

  const see = (bytes: number | undefined): void => {
    pulse = beat(pulse, bytes, clock.now());
    judge();
  };

  /** Reads now, and once more when an unbroken silence would be long enough. */
  const readOnce = (again: boolean): void => {
    void read().then((reading) => {
      if (!pulse?.interrupted) return;
      see(reading?.bytesReceived);
      const { confirmMs } = PULSE_RULES;
      if (again && pulse.interrupted && !stalled)
        confirm = clock.after(pulse.grewAt + confirmMs - clock.now(), () => readOnce(false));
    });
  };

  return {
    take(reading) {
      if (reading) see(reading.bytesReceived);
      else forget();
    },
    interrupted() {
      confirm();
      // Nothing was ever read that could speak against it.
      pulse = { ...(pulse ?? { ...beat(undefined, 0, 0), silent: true }), interrupted: true };
      stalled = false;
      judge();
      if (!stalled) readOnce(true);
    },
    connected: forget,
  };
}
