import type { PartnerMedia } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { PeerReading } from "../peer/peer-link.port.ts";
import type { CallQuality } from "../words/chat-snapshot.ts";
import type { PeerEvent } from "./call-event.machine.ts";
import { type CallState, roomOf } from "./call-state.machine.ts";
import { createPeerReader } from "./peer-reader.ts";
import { createQualityWatch } from "./quality-watch.ts";
import { PULSE_RULES } from "./recovery/media-pulse.machine.ts";
import { createStallWatch, type StallWatch } from "./recovery/stall-watch.ts";

/** What the readings of the peer connection say: how the call goes, and whether anything comes in at all. */
export interface CallReadings extends Pick<StallWatch, "connected" | "interrupted"> {
  /** To be called after each change of the call. */
  look(state: CallState): void;
  quality(): CallQuality | undefined;
}

export function createCallReadings(options: {
  readonly clock: Clock;
  readonly read: () => Promise<PeerReading | undefined>;
  readonly call: () => CallState;
  /** What the partner says to send. */
  readonly partner: () => PartnerMedia;
  readonly onReading: (reading: PeerReading) => void;
  readonly dispatch: (event: PeerEvent) => void;
  /** Nothing comes in for a moment. */
  readonly onLate: () => void;
  /** Nothing comes in any more: what goes out is lost as well, as a rule. */
  readonly onSilent: () => void;
  /** … and something comes again. */
  readonly onFlowing: () => void;
  /** What a page may show has changed. */
  readonly onChange: () => void;
}): CallReadings {
  const { clock, read, call, dispatch, onChange } = options;
  const quality = createQualityWatch(clock, options.partner);

  const say = (...types: readonly PeerEvent["type"][]): void => {
    const room = roomOf(call());
    if (!room) return;
    for (const type of types) dispatch({ type, roomId: room.roomId, generation: room.generation });
  };
  const stalls = createStallWatch({
    clock,
    read,
    onLate: options.onLate,
    onFlow: (flow) => {
      if (flow === "flowing") options.onFlowing();
      else options.onSilent();
      if (flow === "flowing") say("media-flows");
      if (flow === "missed") say("media-missed");
      if (flow === "stalled") say("media-stalled");
      // ICE says so, or should have.
      if (flow === "gone") say("media-stalled", "peer-interrupted");
    },
  });
  const pulse = createPeerReader({
    clock,
    everyMs: PULSE_RULES.everyMs,
    read,
    onReading: stalls.take,
  });

  const reader = createPeerReader({
    clock,
    read,
    onReading: (reading) => {
      if (reading) options.onReading(reading);
      // Before the first media there is no call that could go badly.
      quality.take(call().at.phase === "connecting" ? undefined : reading);
      onChange();
    },
  });

  return {
    look(state) {
      reader.look(state);
      pulse.look(state);
    },
    quality: quality.quality,
    connected: stalls.connected,
    interrupted: stalls.interrupted,
  };
}
