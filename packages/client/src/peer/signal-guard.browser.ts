import { CandidateSignal, descriptionFault, LIMITS, type Role, type Signal } from "@serendip/protocol";

/** What decides whether a partner's signal can be taken now. */
export interface GuardState {
  readonly role: Role;
  readonly signalingState: RTCSignalingState;
  /** A description has been taken and its effect is not there yet. */
  readonly settling: boolean;
  /** Candidates taken since the last description. */
  readonly candidates: number;
  /** Initiator: the number of the offer whose answer can be taken. Responder: the highest number of an offer so far. */
  readonly attempt: number | undefined;
  /** Initiator: offers told since the last answer that was taken. */
  readonly unanswered: number;
}

/** `take`, `keep` until what is settling has settled, or why neither; `impossible`: no page says that. */
export type Verdict =
  | "take"
  | "keep"
  | "impossible"
  | "wrong-role"
  | "not-expected-now"
  | "superseded"
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
  if ("sdp" in signal && descriptionFault(signal)) return "impossible";
  switch (signal.kind) {
    case "offer":
      return judgeOffer(state, signal.attempt ?? 0);
    case "answer":
      return judgeAnswer(state, signal.attempt);
    case "restart":
      return state.role === "initiator" ? "take" : "wrong-role";
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

function judgeOffer(state: GuardState, attempt: number): Verdict {
  if (state.role !== "responder") return "wrong-role";
  if (state.signalingState === "closed") return "not-expected-now";
  const newest = state.attempt ?? -1;
  if (attempt < newest) return "superseded";
  if (attempt > newest) return state.settling ? "keep" : "take";
  return state.signalingState === "stable" && !state.settling ? "take" : "not-expected-now";
}

/**
 * An answer without a number comes from a page that does not know them. It belongs to the offer that is open as long as
 * no other can be meant.
 */
function judgeAnswer(state: GuardState, attempt: number | undefined): Verdict {
  if (state.role !== "initiator") return "wrong-role";
  if (state.signalingState !== "have-local-offer" || state.settling) return "not-expected-now";
  if (state.attempt === undefined) return "superseded";
  if (attempt === undefined) return state.unanswered === 1 ? "take" : "superseded";
  return attempt === state.attempt ? "take" : "superseded";
}

/**
 * What simple-peer or the browser wants to tell the partner, as the protocol says it; undefined for what the protocol has
 * no word for: simple-peer's own requests, the end of the candidates, and a candidate that the server would refuse.
 */
export function toSignal(data: unknown): Signal | undefined {
  if (!isRecord(data)) return undefined;
  const { type, sdp, candidate } = data;
  if ((type === "offer" || type === "answer") && typeof sdp === "string") return { kind: type, sdp };
  if (type !== "candidate" || !isRecord(candidate)) return undefined;
  const line = candidate["candidate"];
  if (typeof line !== "string" || line === "") return undefined;
  const { sdpMid, sdpMLineIndex, usernameFragment } = candidate;
  const signal: CandidateSignal = {
    kind: "candidate",
    candidate: {
      candidate: line,
      sdpMid: typeof sdpMid === "string" ? sdpMid : null,
      sdpMLineIndex: typeof sdpMLineIndex === "number" ? sdpMLineIndex : null,
      ...(typeof usernameFragment === "string" ? { usernameFragment } : {}),
    },
  };
  return CandidateSignal.safeParse(signal).success ? signal : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
