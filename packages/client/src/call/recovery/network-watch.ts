import { type IceServer, isTurnUrl } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { StunProbe } from "../../ice/stun-probe.port.ts";
import type { Readiness } from "../../signaling/readiness.port.ts";

/** Between two rounds of questions, milliseconds. */
const EVERY_MS = 500;

/** Something that answers only where the network is there. */
export interface NetworkProbe {
  /**
   * How long a question may take, milliseconds: long enough for the second packet of a TCP connection (RFC 6298 section 2:
   * after 1 s), since a browser makes no new one while an old one is being made; or for the third of STUN, after 750 ms.
   */
  readonly limitMs: number;
  /** Whether it answers. Never rejects; undefined: there is nothing to ask now. */
  ask(signal: AbortSignal): Promise<boolean> | undefined;
  /** @param opened it did not answer before */
  onAnswer(opened: boolean): void;
  /** Nobody waits any more. */
  onEnd(): void;
}

/** Asks whether the network is there again, which shows sooner than by one attempt after the other. */
export interface NetworkWatch {
  /** To be called when it may have become needed, or may no longer be. */
  look(): void;
}

export function createNetworkWatch(options: {
  readonly clock: Clock;
  readonly needed: () => boolean;
  readonly probes: readonly NetworkProbe[];
}): NetworkWatch {
  const { clock, needed } = options;
  const sides = options.probes.map((probe) => ({ probe, answered: 0, silent: 0 }));
  /** Questions that are waited for, each with what ends it. */
  const asked = new Map<AbortController, Cancel>();
  let waiting: Cancel | undefined;
  let round = 0;

  function next(): void {
    waiting = undefined;
    if (!needed()) {
      end();
      return;
    }
    waiting = clock.after(EVERY_MS, next);
    round += 1;
    for (const side of sides) void ask(side, round);
  }

  function end(): void {
    waiting?.();
    waiting = undefined;
    for (const [question, cancel] of asked) {
      cancel();
      question.abort();
    }
    asked.clear();
    for (const side of sides) {
      // What was found in one trouble says nothing in the next.
      side.answered = 0;
      side.silent = 0;
      side.probe.onEnd();
    }
  }

  async function ask(side: (typeof sides)[number], number: number): Promise<void> {
    const question = new AbortController();
    const answer = side.probe.ask(question.signal);
    if (!answer) return;
    asked.set(
      question,
      clock.after(side.probe.limitMs, () => question.abort()),
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
    side.probe.onAnswer(opened);
  }

  return {
    look() {
      if (waiting && !needed()) end();
      else if (!waiting && needed()) next();
    },
  };
}

/** Watches for the network with all that can be asked. */
export function watchNetwork(
  options: Parameters<typeof networkProbes>[0] & { readonly needed: () => boolean },
): NetworkWatch {
  return createNetworkWatch({ ...options, probes: networkProbes(options) });
}

/** After an answer, which says that there is nothing to wait for, STUN is asked less often. */
const ANSWERED_MS = 2_000;

/** The service, while it does not hear us, and a STUN server: browsers hold new TCP connections back behind dead ones, UDP never. */
export function networkProbes(options: {
  readonly clock: Clock;
  readonly readiness: Pick<Readiness, "reach">;
  readonly stun: StunProbe;
  readonly servers: () => readonly IceServer[];
  /** Whether the service hears us. */
  readonly online: () => boolean;
  /** The network is there. */
  readonly onReached: () => void;
  /** UDP goes out that did not before. */
  readonly onOpened: () => void;
}): readonly NetworkProbe[] {
  const { clock, readiness, stun, servers, online, onReached, onOpened } = options;
  let busy = false;
  let restUntil = Number.NEGATIVE_INFINITY;

  async function askStun(url: string, signal: AbortSignal): Promise<boolean> {
    busy = true;
    const answered = await stun.ask(url, signal);
    busy = false;
    if (answered) restUntil = clock.now() + ANSWERED_MS;
    return answered;
  }

  return [
    {
      limitMs: 1_200,
      ask: (signal) => (online() ? undefined : readiness.reach(signal)),
      onAnswer: onReached,
      onEnd() {},
    },
    {
      limitMs: 990,
      ask(signal) {
        const url = servers().flatMap(({ urls }) => urls.filter((one) => !isTurnUrl(one)))[0];
        return url === undefined || busy || clock.now() < restUntil ? undefined : askStun(url, signal);
      },
      onAnswer(opened) {
        onReached();
        if (opened) onOpened();
      },
      onEnd() {
        restUntil = Number.NEGATIVE_INFINITY;
        stun.close();
      },
    },
  ];
}
