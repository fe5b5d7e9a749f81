import type { Cancel, Clock } from "@serendip/time";
import type { AddressFault, TurnAccount, TurnChecker, TurnVerdict, TurnWatch } from "../../ports/turn.ts";
import type { Log } from "../../ports.ts";

/** What is known of a TURN server. */
export interface TurnServerStatus {
  readonly url: string;
  /** Undefined until the first check is over. */
  readonly verdict: TurnVerdict | undefined;
  readonly checkedAt: number | undefined;
}

/** Watches the TURN servers by checking each of them again and again (SPEC K4). */
export interface TurnMonitor {
  start(): void;
  /** URLs to hand out: of all servers that are not down. A server counts as up until its first check is over. */
  usable(): readonly string[];
  /** URLs of the servers that are down. */
  withheld(): readonly string[];
  /** URLs of the usable servers through which two people who both have a relay reach each other (SPEC K22). */
  joining(): readonly string[];
  /** Those of them that have room for more relays (SPEC K21). */
  roomy(): readonly string[];
  statuses(): readonly TurnServerStatus[];
  /** Stops the timers, and resolves when no check is under way. */
  stop(): Promise<void>;
}

interface MonitorParts {
  readonly urls: readonly string[];
  readonly checker: TurnChecker;
  /** Makes an account that is good for the next check of a server. */
  readonly account: (url: string) => TurnAccount;
  /** Time from the start of one check to the start of the next, for a server that is not down. */
  readonly checkEveryMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the state of a server has changed, and after its first check. */
  readonly onVerdict: () => void;
}

/** The longest pause after a check that found a server down, so that a server that is back is soon used again. */
const RETRY_MS = 3_000;

interface Watched {
  readonly url: string;
  readonly watch: TurnWatch;
  verdict: TurnVerdict | undefined;
  checkedAt: number | undefined;
  /** The addresses that did not work in the last check in which the server did; each has been logged. */
  badAddresses: ReadonlySet<string>;
  cancel: Cancel | undefined;
  underWay: Promise<void> | undefined;
}

export function createTurnMonitor(parts: MonitorParts): TurnMonitor {
  const { urls, checker, account, checkEveryMs, clock, log, onVerdict } = parts;
  let isStopped = false;
  const watched = urls.map(
    (url): Watched => ({
      url,
      watch: checker.watchTurn(url),
      verdict: undefined,
      checkedAt: undefined,
      badAddresses: new Set(),
      cancel: undefined,
      underWay: undefined,
    }),
  );

  const take = (server: Watched, verdict: TurnVerdict) => {
    const { verdict: before } = server;
    server.verdict = verdict;
    server.checkedAt = clock.now();
    const isNews = verdict.state !== before?.state;
    if (isNews) logVerdict(log, server.url, verdict);
    if (verdict.state !== "down") logAddresses(log, server, verdict.faults);
    if (isNews) onVerdict();
  };

  // The next check is planned when this one is over, so that no server is checked twice at once.
  const check = async (server: Watched): Promise<void> => {
    const startedAt = clock.now();
    const verdict = await server.watch.check(account(server.url));
    if (isStopped) return;
    take(server, verdict);
    const pauseMs =
      verdict.state === "down"
        ? Math.min(checkEveryMs, RETRY_MS)
        : Math.max(0, startedAt + checkEveryMs - clock.now());
    server.cancel = clock.after(pauseMs, () => begin(server));
  };
  const begin = (server: Watched): void => {
    server.underWay = check(server);
  };
  const urlsOf = (wanted: (state: TurnVerdict["state"] | undefined) => boolean) =>
    watched.filter(({ verdict }) => wanted(verdict?.state)).map(({ url }) => url);

  return {
    start: () => watched.forEach(begin),
    usable: () => urlsOf((state) => state !== "down"),
    withheld: () => urlsOf((state) => state === "down"),
    joining: () => urlsOf((state) => state === "up" || state === "full" || state === undefined),
    roomy: () => urlsOf((state) => state === "up" || state === undefined),
    statuses: () => watched.map(({ url, verdict, checkedAt }) => ({ url, verdict, checkedAt })),
    async stop() {
      isStopped = true;
      for (const { cancel, watch } of watched) {
        cancel?.();
        watch.close();
      }
      await Promise.all(watched.map(({ underWay }) => underWay));
    },
  };
}

function logVerdict(log: Log, url: string, verdict: TurnVerdict): void {
  if (verdict.state === "up") {
    log.info("TURN server is up", { url, relayMs: verdict.relayMs });
    return;
  }
  log.warn(`TURN server is ${verdict.state.replace("-", " ")}`, {
    url,
    why: verdict.why,
    says: verdict.sentence,
  });
}

function logAddresses(log: Log, server: Watched, faults: readonly AddressFault[]): void {
  const { url, badAddresses: before } = server;
  server.badAddresses = new Set(faults.map(({ address }) => address));
  for (const { address, family, why, sentence } of faults) {
    if (before.has(address)) continue;
    const fields = { url, address, family, why, says: sentence };
    // That this machine has no IPv6 says nothing about the server.
    if (why === "no-route") log.info("TURN server has an address that cannot be checked from here", fields);
    else log.warn("TURN server has an address that does not work", fields);
  }
  for (const address of before)
    if (!server.badAddresses.has(address))
      log.info("TURN server has an address that works again, or has it no longer", { url, address });
}
