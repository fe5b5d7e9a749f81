import { type IceServer, isTurnUrl } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { IceGatherer, Readiness } from "./ports.ts";

/**
 * How often it is asked, and how long each question may take, milliseconds: long enough for the second packet of a TCP
 * connection (RFC 6298 section 2: after 1 s) and the third of STUN (RFC 8489 section 6.2.1), since a browser makes no new
 * TCP connection while an old one is being made.
 */
const KNOCK = { everyMs: 500, limitMs: 1_200 } as const;

/** Something that answers only where the network is there. */
export interface Door {
  /** Whether it answers. Never rejects; undefined: there is nothing to ask now. */
  ask(signal: AbortSignal): Promise<boolean> | undefined;
  /** @param opened it did not answer before */
  onAnswer(opened: boolean): void;
}

/** Asks whether the network is there again, which shows sooner than by one attempt after the other. */
export interface Knocking {
  /** To be called when it may have become needed, or may no longer be. */
  look(): void;
}

export function createKnocking(options: {
  readonly clock: Clock;
  readonly needed: () => boolean;
  readonly doors: readonly Door[];
}): Knocking {
  const { clock, needed } = options;
  const doors = options.doors.map((door) => ({ door, answered: 0, silent: 0 }));
  /** Questions that are waited for, each with what ends it. */
  const asked = new Map<AbortController, Cancel>();
  let waiting: Cancel | undefined;
  let round = 0;

  function next(): void {
    waiting = clock.after(KNOCK.everyMs, next);
    round += 1;
    for (const side of doors) void knock(side, round);
  }

  async function knock(side: (typeof doors)[number], number: number): Promise<void> {
    const question = new AbortController();
    const answer = side.door.ask(question.signal);
    if (!answer) return;
    asked.set(
      question,
      clock.after(KNOCK.limitMs, () => question.abort()),
    );
    const answered = await answer;
    asked.get(question)?.();
    if (!asked.delete(question)) return;
    if (!answered) {
      side.silent = Math.max(side.silent, number);
      return;
    }
    const opened = side.silent > side.answered;
    side.answered = Math.max(side.answered, number);
    side.door.onAnswer(opened);
  }

  return {
    look() {
      if (needed()) {
        if (!waiting) next();
        return;
      }
      waiting?.();
      waiting = undefined;
      for (const [question, cancel] of asked) {
        cancel();
        question.abort();
      }
      asked.clear();
    },
  };
}

/** The service, while it does not hear us, and a STUN server: browsers hold new TCP connections back behind dead ones, UDP never. */
export function networkDoors(options: {
  readonly readiness: Pick<Readiness, "reach">;
  readonly gatherer: IceGatherer;
  readonly servers: () => readonly IceServer[];
  /** Whether the service hears us. */
  readonly online: () => boolean;
  /** The network is there. */
  readonly onReached: () => void;
  /** UDP goes out that did not before. */
  readonly onOpened: () => void;
}): readonly Door[] {
  const { readiness, gatherer, servers, online, onReached, onOpened } = options;
  return [
    { ask: (signal) => (online() ? undefined : readiness.reach(signal)), onAnswer: onReached },
    {
      ask(signal) {
        const url = servers().flatMap(({ urls }) => urls.filter((one) => !isTurnUrl(one)))[0];
        if (url === undefined) return undefined;
        return gatherer
          .gather([{ urls: [url] }], KNOCK.limitMs, signal)
          .then(({ readings }) => readings.some(({ outcome }) => outcome === "answered"));
      },
      onAnswer(opened) {
        onReached();
        if (opened) onOpened();
      },
    },
  ];
}
