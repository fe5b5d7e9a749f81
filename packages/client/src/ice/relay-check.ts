import type { RelayState } from "@serendip/protocol";
import { type Backoff, backoffCeilingMs, type Cancel, type Clock } from "@serendip/time";
import type { Readiness } from "../signaling/readiness.port.ts";

/** Before what may soon be otherwise is asked for again. */
const PAUSES: Backoff = { firstMs: 10_000, capMs: 160_000 };

/** Finds out whether the service relays calls, while nobody is connected to it. */
export interface RelayCheck {
  /** Somebody looks at the answer, until what is returned is called. */
  watch(): Cancel;
  /** Asks now, where that is wanted, and again as long as the answer may change. */
  look(): void;
  close(): void;
}

export function createRelayCheck(options: {
  readonly readiness: Pick<Readiness, "relay">;
  readonly clock: Clock;
  /** Whether nobody is connected, and the page can be seen. */
  readonly wanted: () => boolean;
  readonly onSaid: (relay: RelayState) => void;
}): RelayCheck {
  const { readiness, clock, onSaid } = options;
  const watchers = new Set<object>();
  let asking: AbortController | undefined;
  let waiting: Cancel | undefined;
  let asked = 0;
  const wanted = () => watchers.size > 0 && options.wanted();

  async function ask(): Promise<void> {
    const mine = new AbortController();
    asking = mine;
    asked += 1;
    const said = await readiness.relay(mine.signal);
    if (asking !== mine) return;
    asking = undefined;
    if (!wanted()) return;
    if (said) onSaid(said);
    // The other two are settings.
    if (said !== "ok" && said !== "none") waiting = clock.after(backoffCeilingMs(PAUSES, asked), look);
  }

  function look(): void {
    waiting?.();
    waiting = undefined;
    if (wanted() && !asking) void ask();
  }

  function stop(): void {
    waiting?.();
    waiting = undefined;
    asking?.abort();
    asking = undefined;
    asked = 0;
  }

  return {
    watch() {
      const watcher = {};
      watchers.add(watcher);
      if (watchers.size === 1) look();
      return () => {
        if (watchers.delete(watcher) && watchers.size === 0) stop();
      };
    },
    look,
    close() {
      watchers.clear();
      stop();
    },
  };
}
