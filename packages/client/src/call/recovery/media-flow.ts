import type { Cancel, Clock } from "@serendip/time";
import type { PeerReading } from "../../peer/peer-link.port.ts";
import {
  type ByteCount,
  type ByteRecord,
  FLOW_RULES,
  flowOf,
  isLate,
  type MediaFlow,
  recordBytes,
} from "./media-flow.machine.ts";

/** Says when the bytes of the present peer connection stop coming in, and when they come again. */
export interface MediaFlowWatch {
  /** A reading of the connection; undefined: it is another one from now on, or none. */
  take(reading: PeerReading | undefined): void;
  /** ICE says that the path is interrupted. Not waiting for the next reading, this is confirmed or not. */
  interrupted(): void;
  /** ICE says that the path is there (again): what was silent before counts no more. */
  connected(): void;
}

export function watchMediaFlow(options: {
  readonly clock: Clock;
  readonly read: () => Promise<PeerReading | undefined>;
  /** Told of each change, and of `gone` again when ICE says so again. */
  readonly onFlow: (flow: MediaFlow) => void;
  /** Told once for each silence that has only begun: too little to change anything. */
  readonly onLate: () => void;
}): MediaFlowWatch {
  const { clock, read } = options;
  let record: ByteRecord | undefined;
  let flow: MediaFlow = "flowing";
  let late = false;
  let confirm: Cancel = () => {};

  const judge = (): void => {
    const now = record === undefined ? "flowing" : flowOf(record, clock.now());
    if (now === undefined) return;
    const wasLate = late;
    late = record !== undefined && isLate(record, clock.now());
    if (late && !wasLate) options.onLate();
    if (now === flow) return;
    flow = now;
    options.onFlow(now);
  };

  const forget = (): void => {
    confirm();
    record = undefined;
    flow = "flowing";
    late = false;
  };

  const see = (reading: PeerReading | undefined): void => {
    record = recordBytes(record, reading && countOf(reading), clock.now());
    judge();
  };

  /** Reads now, and once more when an unbroken silence would be long enough. */
  const readOnce = (again: boolean): void => {
    void read().then((reading) => {
      if (!record?.interrupted) return;
      see(reading);
      const { confirmMs } = FLOW_RULES;
      if (again && record.interrupted && flow !== "gone")
        confirm = clock.after(record.grewAt + confirmMs - clock.now(), () => readOnce(false));
    });
  };

  return {
    take(reading) {
      if (reading) see(reading);
      else forget();
    },
    interrupted() {
      confirm();
      // Nothing was ever read that could speak against it.
      record = { ...(record ?? recordBytes(undefined, undefined, 0)), interrupted: true };
      if (flow === "gone") flow = "stalled";
      judge();
      if (flowOf(record, clock.now()) !== "gone") readOnce(true);
    },
    connected: forget,
  };
}

const countOf = ({ bytesReceived: bytes, bytesOf: of }: PeerReading): ByteCount | undefined =>
  bytes === undefined || of === undefined ? undefined : { bytes, of };
