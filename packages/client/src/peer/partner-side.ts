import type { PartnerMedia } from "@serendip/protocol";

/** What there is of the partner: the stream, and the partner's own word about it (SPEC R9). */
export interface PartnerSide {
  readonly stream: MediaStream | undefined;
  readonly media: PartnerMedia;
}

const BOTH_ON: PartnerMedia = { camera: true, microphone: true };

/** Nothing of a partner; both devices count as on until the partner says otherwise. */
export const NO_PARTNER: PartnerSide = { stream: undefined, media: BOTH_ON };

/** The partner's side with another stream; what was said about the one that is gone does not count for the next. */
export function withStream(side: PartnerSide, stream: MediaStream | undefined): PartnerSide {
  return stream ? { ...side, stream } : NO_PARTNER;
}
