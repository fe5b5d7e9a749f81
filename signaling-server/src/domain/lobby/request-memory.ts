import type { RequestId, SessionId } from "@serendip/protocol";
import { createExpiringMap } from "../collections/expiring-map.ts";
import type { Answer } from "./command.ts";

/** What tells a repetition of a request: the session, the kind and the id. */
export interface RequestKey {
  readonly sessionId: SessionId;
  readonly type: "find" | "leave" | "ready" | "give-up" | "rebuild";
  readonly requestId: RequestId;
}

/**
 * The latest answers of each session (SPEC Q1). They are forgotten with their session: a repetition that reaches a new
 * session must take effect there, or the person would be told of a place in the queue that is gone.
 */
export interface RequestMemory {
  /** Number of answers that are kept. */
  readonly size: number;
  recall(key: RequestKey, now: number): Answer | undefined;
  remember(key: RequestKey, answer: Answer, now: number): void;
  forget(sessionId: SessionId): void;
  dropExpired(now: number): void;
}

interface Remembered extends RequestKey {
  readonly answer: Answer;
}

/** Answers are kept up to `perSession` of each session, and `most` of all; the oldest goes first. */
export function createRequestMemory(
  lifetimeMs: number,
  { perSession, most }: { readonly perSession: number; readonly most: number },
): RequestMemory {
  const answers = createExpiringMap<Remembered, true>(lifetimeMs, {
    most,
    onCrowdedOut: (remembered) => drop(remembered),
  });
  /** Those of each session, the oldest first: so few that they are looked through one by one. */
  const ofSession = new Map<SessionId, Remembered[]>();

  const find = ({ sessionId, type, requestId }: RequestKey): Remembered | undefined =>
    ofSession.get(sessionId)?.findLast((one) => one.requestId === requestId && one.type === type);

  const drop = (remembered: Remembered): void => {
    const { sessionId } = remembered;
    const list = ofSession.get(sessionId);
    const at = list?.indexOf(remembered) ?? -1;
    if (at >= 0) list?.splice(at, 1);
    if (list?.length === 0) ofSession.delete(sessionId);
  };

  const forget = (remembered: Remembered): void => {
    answers.delete(remembered);
    drop(remembered);
  };

  return {
    get size() {
      return answers.size;
    },
    recall(key, now) {
      const known = find(key);
      return known && answers.get(known, now) ? known.answer : undefined;
    },
    remember(key, answer, now) {
      const before = find(key);
      if (before) forget(before);
      const remembered: Remembered = { ...key, answer };
      answers.set(remembered, true, now);
      const list = ofSession.get(key.sessionId) ?? [];
      ofSession.set(key.sessionId, list);
      list.push(remembered);
      const [oldest] = list;
      if (list.length > perSession && oldest) forget(oldest);
    },
    forget(sessionId) {
      for (const remembered of ofSession.get(sessionId) ?? []) answers.delete(remembered);
      ofSession.delete(sessionId);
    },
    dropExpired(now) {
      answers.dropExpired(now, drop);
    },
  };
}
