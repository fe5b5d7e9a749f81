import type { ChatError } from "../words/chat-error.ts";
import type { ChatSnapshot } from "../words/chat-snapshot.ts";

/** `next`, with the parts of `previous` that say the same. */
export function sameWhereEqual(next: ChatSnapshot, previous: ChatSnapshot): ChatSnapshot {
  const merged = {
    ...next,
    status: kept(next.status, previous.status),
    signaling: kept(next.signaling, previous.signaling),
    partner: kept(next.partner, previous.partner),
    camera: kept(next.camera, previous.camera),
    microphone: kept(next.microphone, previous.microphone),
    quality: kept(next.quality, previous.quality),
    ice: kept(next.ice, previous.ice),
    problem: kept(next.problem, previous.problem),
  };
  return kept(merged, previous);
}

/** The previous object where the next one says the same, so that who compares by identity sees no change. */
function kept<Value>(next: Value, previous: Value): Value {
  return isShallowEqual(next, previous) ? previous : next;
}

function isShallowEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return (
    left.length === right.size &&
    left.every(([key, value]) => right.has(key) && Object.is(value, right.get(key)))
  );
}

/** The problems that a person has put aside, until they are mended. */
export interface Dismissals {
  /** The most important problem that is not put aside. */
  shown(problems: readonly ChatError[]): ChatError | undefined;
  dismiss(problem: ChatError): void;
}

export function createDismissals(): Dismissals {
  const nameOf = ({ code, device }: ChatError) => `${code} ${device ?? ""}`;
  let dismissed: readonly string[] = [];
  return {
    shown(problems) {
      const names = problems.map(nameOf);
      // Mended: when it comes again, it is shown again.
      dismissed = dismissed.filter((name) => names.includes(name));
      return problems.find((problem) => !dismissed.includes(nameOf(problem)));
    },
    dismiss(problem) {
      dismissed = [...dismissed, nameOf(problem)];
    },
  };
}
