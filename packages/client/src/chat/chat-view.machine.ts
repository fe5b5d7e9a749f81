import type { CallState } from "../call/call-state.machine.ts";
import type { SignalingState } from "../signaling/signaling-state.machine.ts";
import type { ChatError } from "../words/chat-error.ts";
import type { ChatStatus, SignalingStatus } from "../words/chat-snapshot.ts";
import { PROBLEMS } from "../words/problems.ts";

/** The chat's state as a person would say it. */
export function statusOf({ at }: CallState): ChatStatus {
  switch (at.phase) {
    case "idle":
      return at;
    case "failed":
      return { phase: at.phase, error: at.error };
    case "returning":
      return { phase: at.phase, since: at.since, roomId: at.target.roomId };
    case "requesting-media":
      return { phase: at.phase, since: at.since, ...(at.captured && { loading: true }) };
    case "searching":
      return {
        phase: at.phase,
        since: at.since,
        crowd: at.crowd,
        ...(at.waitsUntil !== undefined && { askAt: at.waitsUntil }),
      };
    case "connecting":
    case "connected":
      return { phase: at.phase, since: at.since, roomId: at.room.roomId };
    case "reconnecting": {
      const { phase, since } = at;
      const cause = at.partner === "present" ? "media" : "partner";
      return { phase, since, until: at.ladder.boundUntil, cause, roomId: at.room.roomId };
    }
    case "partner-left":
      return { phase: at.phase, reason: at.reason, nextAt: at.nextAt };
  }
}

export function signalingOf({ at, held }: SignalingState): SignalingStatus {
  const why = held && { why: held.why };
  switch (at.name) {
    case "closed":
    case "superseded":
    case "refused":
      return { state: "closed" };
    case "connecting":
      return { state: "connecting", ...(at.challenged && { challenged: true }) };
    case "online":
      return { state: "online" };
    case "waiting":
      return { state: "waiting", attempt: at.attempt, retryAt: at.retryAt, ...why };
    case "offline":
      return { state: "offline", retryAt: at.retryAt, ...why };
  }
}

/** Problems of the chat itself, the most important first; the devices' problems come after them. */
export function chatProblems(call: CallState, signaling: SignalingState): readonly ChatError[] {
  const { at } = call;
  if (at.phase === "idle") return [];
  if (at.phase === "failed") return [at.error];
  const problems: ChatError[] = [];
  if (call.blocked) problems.push({ ...call.blocked, severity: "degraded" });
  // A running call does not need the service; what it shows instead is `signaling`.
  if (["returning", "searching", "partner-left"].includes(at.phase))
    problems.push(...serverProblem(signaling));
  if (at.phase === "searching" && at.busy)
    problems.push({ ...PROBLEMS.serverBusy, retryAfterMs: at.busy.retryAfterMs });
  return [...problems, ...peerProblem(call)];
}

function serverProblem({ held, troubled }: SignalingState): readonly ChatError[] {
  if (held) return [held.why === "full" ? PROBLEMS.serverFull : PROBLEMS.tooFast];
  return troubled ? [PROBLEMS.serverUnreachable] : [];
}

/** The server does not put two together again while either's search lasts (SPEC M7): the only two have to be told. */
function peerProblem({ at, peerFailures: { all } }: CallState): readonly ChatError[] {
  if (all === 0) return [];
  const onlyTwo = at.phase === "searching" && at.crowd?.waiting === 2;
  const problem = all === 1 ? PROBLEMS.peerFailed : PROBLEMS.peerTimeout;
  if (onlyTwo) return [{ ...problem, action: "try-again" }];
  return all > 1 || at.phase === "searching" ? [problem] : [];
}
