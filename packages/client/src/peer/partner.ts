import type { PartnerMedia } from "@serendip/protocol";

/** What there is of the partner: the stream, and the partner's own word about it (SPEC R9). */
export interface PartnerState {
  readonly stream: MediaStream | undefined;
  readonly media: PartnerMedia;
}

const BOTH_ON: PartnerMedia = { camera: true, microphone: true };

/** Nothing of a partner; both devices count as on until the partner says otherwise. */
const NO_PARTNER: PartnerState = { stream: undefined, media: BOTH_ON };

/** The partner of the present peer connection. */
export interface Partner {
  side(): PartnerState;
  /** Undefined: the stream is gone, and what was said about it does not count for the next. */
  takeStream(stream: MediaStream | undefined): void;
  takeWord(media: PartnerMedia): void;
}

export function createPartner(onChange: () => void): Partner {
  let side = NO_PARTNER;
  const become = (next: PartnerState): void => {
    side = next;
    onChange();
  };
  return {
    side: () => side,
    takeStream: (stream) => become(stream ? { ...side, stream } : NO_PARTNER),
    takeWord: (media) => become({ ...side, media }),
  };
}
