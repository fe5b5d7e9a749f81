import type { PartnerMedia } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { PeerReading } from "../peer/peer-link.port.ts";
import type { CallQuality } from "../words/chat-snapshot.ts";
import { observeQuality, type QualityState, qualityOf } from "./quality.machine.ts";

/** Follows how the running call goes. */
export interface QualityWatch {
  /** Undefined: what was read before counts no more. */
  take(reading: PeerReading | undefined): void;
  quality(): CallQuality | undefined;
}

/** @param partner what the partner says to send */
export function createQualityWatch(clock: Pick<Clock, "now">, partner: () => PartnerMedia): QualityWatch {
  let state: QualityState | undefined;
  return {
    take(reading) {
      const { camera, microphone } = partner();
      state = reading && observeQuality(state, reading, { picture: camera, sound: microphone }, clock.now());
    },
    quality: () => state && qualityOf(state),
  };
}
