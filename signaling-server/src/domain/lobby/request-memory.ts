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

/** Answers are kept up to `perSession` of each session, and `most` of all; the oldest goes first. */
export function createRequestMemory(
  lifetimeMs: number,
  { perSession, most }: { readonly perSession: number; readonly most: number },
): RequestMemory {
  const answers = createExpiringMap<string, { sessionId: SessionId; answer: Answer }>(lifetimeMs, {
    most,
    onCrowdedOut: (key, { sessionId }) => drop(sessionId, key),
  });
  const keysOf = new Map<SessionId, Set<string>>();
  const textOf = ({ sessionId, type, requestId }: RequestKey) => `${sessionId} ${type} ${requestId}`;

  const drop = (sessionId: SessionId, key: string) => {
    const keys = keysOf.get(sessionId);
    keys?.delete(key);
    if (keys?.size === 0) keysOf.delete(sessionId);
  };

  return {
    get size() {
      return answers.size;
    },
    recall: (key, now) => answers.get(textOf(key), now)?.answer,
    remember(key, answer, now) {
      const text = textOf(key);
      answers.set(text, { sessionId: key.sessionId, answer }, now);
      const keys = keysOf.get(key.sessionId) ?? new Set();
      keysOf.set(key.sessionId, keys);
      keys.delete(text);
      keys.add(text);
      for (const oldest of keys) {
        if (keys.size <= perSession) break;
        keys.delete(oldest);
        answers.delete(oldest);
      }
    },
    forget(sessionId) {
      for (const key of keysOf.get(sessionId) ?? []) answers.delete(key);
      keysOf.delete(sessionId);
    },
    dropExpired(now) {
      answers.dropExpired(now, (key, { sessionId }) => drop(sessionId, key));
    },
  };
}
