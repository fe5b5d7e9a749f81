import type { Cancel, Clock } from "@serendip/time";
import type { Log, TurnAccount, TurnProber, TurnVerdict } from "../ports.ts";

/** What is known of a TURN server. */
export interface TurnReport {
  readonly url: string;
  /** Undefined until the first probe is over. */
  readonly verdict: TurnVerdict | undefined;
  readonly probedAt: number | undefined;
}

/** Watches the TURN servers by relaying through each of them again and again (SPEC K4). */
export interface TurnMonitor {
  start(): void;
  /** Those that work, and those that are not known yet: at the start nobody has to wait for the first probe. */
  working(): readonly string[];
  /** Those that do not. */
  withheld(): readonly string[];
  report(): readonly TurnReport[];
  /** Stops its timers, and resolves when no probe is under way. */
  stop(): Promise<void>;
}

interface MonitorParts {
  readonly urls: readonly string[];
  readonly prober: TurnProber;
  /** A good account for the next probe. */
  readonly account: () => TurnAccount;
  /** The pause between two probes of a server that works. */
  readonly probeMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** To be told of each verdict that differs from the one before. */
  readonly onVerdict: () => void;
}

/** The longest pause after a bad probe, so that a server that is back is soon used again. */
const RETRY_MS = 3_000;

interface Watched {
  readonly url: string;
  verdict: TurnVerdict | undefined;
  probedAt: number | undefined;
  cancel: Cancel | undefined;
  underWay: Promise<void> | undefined;
}

export function createTurnMonitor(parts: MonitorParts): TurnMonitor {
  const { urls, prober, account, probeMs, clock, log, onVerdict } = parts;
  const left = new AbortController();
  const watched = urls.map(
    (url): Watched => ({
      url,
      verdict: undefined,
      probedAt: undefined,
      cancel: undefined,
      underWay: undefined,
    }),
  );

  const take = (server: Watched, verdict: TurnVerdict) => {
    const { url, verdict: before } = server;
    server.verdict = verdict;
    server.probedAt = clock.now();
    if (verdict.ok === before?.ok) return;
    if (verdict.ok) log.info("TURN server is up", { url, relayMs: verdict.relayMs });
    else log.warn("TURN server is down", { url, why: verdict.why, says: verdict.sentence });
    onVerdict();
  };

  // The next one is planned when the last one is over, so that there are never two at once.
  const probe = async (server: Watched): Promise<void> => {
    const verdict = await prober.probe(server.url, account(), left.signal);
    if (left.signal.aborted) return;
    take(server, verdict);
    const pauseMs = verdict.ok ? probeMs : Math.min(probeMs, RETRY_MS);
    server.cancel = clock.after(pauseMs, () => begin(server));
  };
  const begin = (server: Watched): void => {
    server.underWay = probe(server);
  };

  return {
    start: () => watched.forEach(begin),
    withheld: () => watched.filter(({ verdict }) => verdict?.ok === false).map(({ url }) => url),
    working: () => watched.filter(({ verdict }) => verdict?.ok !== false).map(({ url }) => url),
    report: () => watched.map(({ url, verdict, probedAt }) => ({ url, verdict, probedAt })),
    async stop() {
      left.abort();
      for (const { cancel } of watched) cancel?.();
      await Promise.all(watched.map(({ underWay }) => underWay));
    },
  };
}
