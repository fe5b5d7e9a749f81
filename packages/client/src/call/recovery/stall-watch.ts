import type { Cancel, Clock } from "@serendip/time";
import type { PeerReading } from "../../peer/peer-link.port.ts";
import { beat, type Flow, flowOf, isLate, PULSE_RULES, type Pulse } from "./media-pulse.machine.ts";

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
  /** Told of each change, and of `gone` again when ICE says so again. */
  readonly onFlow: (flow: Flow) => void;
  /** Told once for each silence that has only begun: too little to change anything. */
  readonly onLate: () => void;
}): StallWatch {
  const { clock, read } = options;
  let pulse: Pulse | undefined;
  let flow: Flow = "flowing";
  let late = false;
  let confirm: Cancel = () => {};

  const judge = (): void => {
    const wasLate = late;
    late = pulse !== undefined && isLate(pulse, clock.now());
    if (late && !wasLate) options.onLate();
    const now = pulse === undefined ? "flowing" : flowOf(pulse, clock.now());
    if (now === flow) return;
    flow = now;
    options.onFlow(now);
  };

  const forget = (): void => {
    confirm();
    pulse = undefined;
    flow = "flowing";
    late = false;
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
      if (again && pulse.interrupted && flow !== "gone")
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
      if (flow === "gone") flow = "stalled";
      judge();
      if (flowOf(pulse, clock.now()) !== "gone") readOnce(true);
    },
    connected: forget,
  };
}
