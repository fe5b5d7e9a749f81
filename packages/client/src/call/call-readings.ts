import type { PartnerMedia } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { PeerReading } from "../peer/peer-link.port.ts";
import type { CallQuality } from "../words/chat-snapshot.ts";
import type { PeerEvent } from "./call-event.machine.ts";
import { roomOf } from "./call-facts.machine.ts";
import type { CallState } from "./call-state.machine.ts";
import { createPeerReader } from "./peer-reader.ts";
import { createQualityWatch } from "./quality-watch.ts";
import { type MediaFlowWatch, watchMediaFlow } from "./recovery/media-flow.ts";

/** At least between two readings that are shown and reported, milliseconds. */
const SHOW_EVERY_MS = 1_000;

/** What the readings of the peer connection say: how the call goes, and whether anything comes in at all. */
export interface CallReadings extends Pick<MediaFlowWatch, "connected" | "interrupted"> {
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
  const { clock, call, dispatch, onChange } = options;
  const quality = createQualityWatch(clock, options.partner);

  const say = (...types: readonly PeerEvent["type"][]): void => {
    const room = roomOf(call());
    if (!room) return;
    for (const type of types) dispatch({ type, roomId: room.roomId, generation: room.generation });
  };
  const media = watchMediaFlow({
    clock,
    readNow: () => reader.readNow(),
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
  let shownAt = Number.NEGATIVE_INFINITY;
  /** How the call goes is told more slowly than what comes in. */
  const show = (reading: PeerReading | undefined): void => {
    if (reading && clock.now() - shownAt < SHOW_EVERY_MS) return;
    shownAt = reading ? clock.now() : Number.NEGATIVE_INFINITY;
    if (reading) options.onReading(reading);
    // Before the first media there is no call that could go badly.
    quality.take(call().at.phase === "connecting" ? undefined : reading);
    onChange();
  };
  const reader = createPeerReader({
    clock,
    read: options.read,
    onReading: (reading) => {
      media.take(reading);
      show(reading);
    },
  });

  return {
    look: reader.look,
    quality: quality.quality,
    connected: media.connected,
    interrupted: media.interrupted,
  };
}
