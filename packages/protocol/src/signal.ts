import * as z from "zod/mini";
import { Generation, RoomId, Sequence } from "./ids.ts";
import { LIMITS } from "./limits.ts";

/** Longest name of an ICE user (ice-ufrag, RFC 8839 section 5.4) that is read at all, characters. */
export const FRAGMENT_CHARS = 256;

const Sdp = z.string().check(z.minLength(1), z.maxLength(LIMITS.sdpChars));

/** A session description (RFC 8829 section 3): an offer or the answer to one. */
export const DescriptionSignal = z.object({
  kind: z.enum(["offer", "answer"]),
  sdp: Sdp,
  /**
   * Number of the offer in its generation; an answer repeats the number of its offer. Absent: the first offer (SPEC R11).
   */
  attempt: z.optional(z.int().check(z.gte(0), z.lte(10_000))),
});

/** An ICE candidate (RFC 8838; the fields of RTCIceCandidateInit, W3C WebRTC section 4.8.1.1). */
export const CandidateSignal = z.object({
  kind: z.literal("candidate"),
  candidate: z.object({
    candidate: z.string().check(z.maxLength(LIMITS.candidateChars)),
    sdpMid: z.nullable(z.string().check(z.maxLength(LIMITS.idChars))),
    sdpMLineIndex: z.nullable(z.int().check(z.gte(0), z.lte(100))),
    usernameFragment: z.optional(z.nullable(z.string().check(z.maxLength(FRAGMENT_CHARS)))),
  }),
});

export type CandidateSignal = z.infer<typeof CandidateSignal>;

/** The responder asks for an ICE restart, which only the initiator can offer (RFC 8445 section 2.4; SPEC R11). */
export const RestartSignal = z.object({ kind: z.literal("restart") });

/** The signals that two partners send each other to set up their connection. */
export const Signal = z.discriminatedUnion("kind", [DescriptionSignal, CandidateSignal, RestartSignal]);
export type Signal = z.infer<typeof Signal>;

/**
 * What a page sends, as JSON over the connection's own data channel, past the server: whether its camera and microphone are
 * on, and whether one that is not is only kept silent by its system (SPEC R9). Never longer than `LIMITS.partnerMediaChars`.
 */
export const PartnerMedia = z.object({
  camera: z.boolean(),
  microphone: z.boolean(),
  cameraPaused: z.optional(z.boolean()),
  microphonePaused: z.optional(z.boolean()),
});
export type PartnerMedia = z.infer<typeof PartnerMedia>;

/** A signal with its place: the room, the generation, and its number among its sender's signals (SPEC R3). */
export const SignalEnvelope = z.object({
  roomId: RoomId,
  generation: Generation,
  sequence: Sequence,
  signal: Signal,
});
export type SignalEnvelope = z.infer<typeof SignalEnvelope>;

/** Which signal of its sender it is (SPEC R3). */
export const SignalPlace = z.pick(SignalEnvelope, { roomId: true, generation: true, sequence: true });
export type SignalPlace = z.infer<typeof SignalPlace>;
