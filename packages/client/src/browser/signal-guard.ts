import { LIMITS, type Role, type Signal } from "@serendip/protocol";

/** What decides whether a partner's signal can be taken now. */
export interface GuardState {
  readonly role: Role;
  readonly signalingState: RTCSignalingState;
  /** A description has been taken and its effect is not there yet. */
  readonly settling: boolean;
  /** Candidates taken since the last description. */
  readonly candidates: number;
}

/** `take`, or why not. */
export type Verdict =
  | "take"
  | "wrong-role"
  | "not-expected-now"
  | "no-media-line"
  | "too-many-candidates"
  | "end-of-candidates"
  | "unknown";

/**
 * Lets through only what the connection can take: simple-peer destroys itself over an offer or answer that comes at the
 * wrong time, and throws over a candidate without a media line.
 *
 * Only the initiator makes offers, so two offers never cross.
 */
export function judgeSignal(state: GuardState, signal: Signal): Verdict {
  switch (signal.kind) {
    case "offer":
      if (state.role !== "responder") return "wrong-role";
      return state.signalingState === "stable" && !state.settling ? "take" : "not-expected-now";
    case "answer":
      if (state.role !== "initiator") return "wrong-role";
      return state.signalingState === "have-local-offer" && !state.settling ? "take" : "not-expected-now";
    case "candidate":
      // Nothing waits for the end of the candidates, and some browsers take it for an error.
      if (signal.candidate.candidate === "") return "end-of-candidates";
      if (signal.candidate.sdpMid === null && signal.candidate.sdpMLineIndex === null) return "no-media-line";
      return state.candidates < LIMITS.candidatesPerDescription ? "take" : "too-many-candidates";
    default:
      // The schema admits nothing else; a caller that skipped it must not end the call.
      return "unknown";
  }
}

/**
 * What simple-peer wants to tell the partner, as the protocol says it; undefined for what the protocol has no word for:
 * simple-peer's own requests, the end of the candidates, and what the server would refuse for its size.
 */
export function toSignal(data: unknown): Signal | undefined {
  if (!isRecord(data)) return undefined;
  const { type, sdp, candidate } = data;
  if ((type === "offer" || type === "answer") && typeof sdp === "string") return { kind: type, sdp };
  if (type !== "candidate" || !isRecord(candidate)) return undefined;
  const line = candidate["candidate"];
  if (typeof line !== "string" || line === "" || line.length > LIMITS.candidateChars) return undefined;
  const { sdpMid, sdpMLineIndex } = candidate;
  return {
    kind: "candidate",
    candidate: {
      candidate: line,
      sdpMid: typeof sdpMid === "string" ? sdpMid : null,
      sdpMLineIndex: typeof sdpMLineIndex === "number" ? sdpMLineIndex : null,
    },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
