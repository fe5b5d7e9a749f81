import type { AttemptLines } from "./attempt-lines.ts";

/** One attempt and the connection that may come of it. */
export interface Attempt {
  readonly id: number;
  readonly abort: AbortController;
  readonly lines: AttemptLines;
  /** Who says hello; known before it is said. */
  who: { readonly tabId: string; readonly token: string; readonly force: boolean };
}

/** The live attempt or connection, and at most one beside it, for a page that moves to another server (SPEC D3). */
export interface Attempts {
  live(): Attempt | undefined;
  /** Undefined where it was given up. */
  of(id: number): Attempt | undefined;
  has(attempt: Attempt): boolean;
  add(attempt: Attempt, place: "live" | "beside"): void;
  /** The one beside takes the place of the live one, which is ended. */
  promote(attempt: Attempt): void;
  end(attempt: Attempt): void;
}

export function createAttempts(): Attempts {
  let live: Attempt | undefined;
  let beside: Attempt | undefined;
  const close = ({ abort, lines }: Attempt): void => {
    abort.abort();
    lines.close();
  };
  const of = (id: number) => [live, beside].find((one) => one?.id === id);
  return {
    live: () => live,
    of,
    has: (attempt) => of(attempt.id) === attempt,
    add(attempt, place) {
      if (place === "live") live = attempt;
      else beside = attempt;
    },
    promote(attempt) {
      const before = live;
      live = attempt;
      beside = undefined;
      if (before) close(before);
    },
    end(attempt) {
      if (live === attempt) live = undefined;
      if (beside === attempt) beside = undefined;
      close(attempt);
    },
  };
}
