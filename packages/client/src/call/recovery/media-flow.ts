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
  /** Has a reading taken now. */
  readonly readNow: () => void;
  /** Told of each change, and of `gone` again when ICE says so again. */
  readonly onFlow: (flow: MediaFlow) => void;
  /** Told once for each silence that has only begun: too little to change anything. */
  readonly onLate: () => void;
}): MediaFlowWatch {
  const { clock, readNow } = options;
  let record: ByteRecord | undefined;
  let flow: MediaFlow = "flowing";
  let late = false;
  let cancel: Cancel = () => {};
  /** The reading that ICE's word asked for is still to come. */
  let isAsking = false;

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
    cancel();
    isAsking = false;
    record = undefined;
    flow = "flowing";
    late = false;
  };

  /** After what ICE's word asked for: once more when an unbroken silence would be long enough. */
  const confirm = (): void => {
    if (!isAsking) return;
    isAsking = false;
    if (record?.interrupted && flow !== "gone")
      cancel = clock.after(record.grewAt + FLOW_RULES.confirmMs - clock.now(), readNow);
  };

  return {
    take(reading) {
      if (!reading) {
        forget();
        return;
      }
      record = recordBytes(record, countOf(reading), clock.now());
      judge();
      confirm();
    },
    interrupted() {
      cancel();
      // Nothing was ever read that could speak against it.
      record = { ...(record ?? recordBytes(undefined, undefined, 0)), interrupted: true };
      if (flow === "gone") flow = "stalled";
      judge();
      isAsking = flowOf(record, clock.now()) !== "gone";
      if (isAsking) readNow();
    },
    connected: forget,
  };
}

const countOf = ({ bytesReceived: bytes, bytesOf: of }: PeerReading): ByteCount | undefined =>
  bytes === undefined || of === undefined ? undefined : { bytes, of };
