import * as z from "zod/mini";
import { DurationMs, RoomId } from "./ids.ts";

/** Kinds of candidates (RFC 8445 section 4). */
export const CandidateType = z.enum(["host", "srflx", "prflx", "relay"]);
export type CandidateType = z.infer<typeof CandidateType>;

/** How a page reaches its TURN server (RFC 8656 section 2.1). */
export const RelayProtocol = z.enum(["udp", "tcp", "tls"]);
export type RelayProtocol = z.infer<typeof RelayProtocol>;

const count = z.int().check(z.gte(0), z.lte(1_000));

const stretch = z.optional(DurationMs);

/** The stretches of the way to the partner's first picture (SPEC H4), each with where it begins and ends. */
export const Stretches = z.object({
  /** Start to the token. */
  tokenMs: stretch,
  /** The token to the welcome. */
  helloMs: stretch,
  /** Start to camera and microphone, beside the two above. */
  cameraMs: stretch,
  /** The search to the match. */
  matchMs: stretch,
  /** The match to the offer, told or heard. */
  offerMs: stretch,
  /** The offer to its answer, told or heard. */
  answerMs: stretch,
  /** The answer to a path that ICE has found. */
  iceMs: stretch,
  /** The path to the end of the DTLS handshake. */
  dtlsMs: stretch,
  /** The handshake to the first packet of the picture. */
  pictureMs: stretch,
});
export type Stretches = z.infer<typeof Stretches>;

/** How a call went, as one side of it saw it; without any address or name (SPEC H2). */
export const CallReport = z.object({
  roomId: RoomId,
  /**
   * `connected`: media flowed. `failed`: media never flowed, though both sides stayed. `abandoned`: one of the two left
   * before it could.
   */
  outcome: z.enum(["connected", "failed", "abandoned"]),
  /** The kinds of ICE servers that the page had: none, STUN only, or TURN as well. */
  ice: z.enum(["none", "stun-only", "turn"]),
  /** Time from the match to the first frame or sound of the partner. */
  firstMediaMs: z.optional(DurationMs),
  /** Time from the first media to the end of the call. */
  talkedMs: z.optional(DurationMs),
  /** The pair of candidates that was used last; `relay` on either side makes the call a relayed one. */
  route: z.optional(
    z.object({ local: CandidateType, remote: CandidateType, protocol: z.optional(RelayProtocol) }),
  ),
  /** Interruptions that were overcome, by the step of the recovery that did it. */
  recovered: z.object({ byItself: count, byRestart: count, byRebuild: count }),
  /** How long it took to the first picture, stretch by stretch; absent: not passed, or not known. */
  stretches: z.optional(Stretches),
  /** Why the call ended, as far as this side knows. */
  end: z.enum(["next", "stop", "partner-left", "media-failed", "other"]),
});
export type CallReport = z.infer<typeof CallReport>;
