import type { RelayState } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { Readiness } from "../signaling/readiness.port.ts";

/** What may soon be otherwise is asked for again after this time, milliseconds. */
const AGAIN_MS = 10_000;

/** Finds out whether the service relays calls, while nobody is connected to it. */
export interface RelayCheck {
  /** Asks now, where that is wanted, and again as long as the answer may change. */
  look(): void;
  close(): void;
}

export function createRelayCheck(options: {
  readonly readiness: Pick<Readiness, "relay">;
  readonly clock: Clock;
  /** Whether nobody is connected, and somebody may look at the answer. */
  readonly wanted: () => boolean;
  readonly onSaid: (relay: RelayState) => void;
}): RelayCheck {
  const { readiness, clock, wanted, onSaid } = options;
  let asking: AbortController | undefined;
  let waiting: Cancel | undefined;

  async function ask(): Promise<void> {
    const mine = new AbortController();
    asking = mine;
    const said = await readiness.relay(mine.signal);
    if (asking !== mine) return;
    asking = undefined;
    if (!wanted()) return;
    if (said) onSaid(said);
    // The other two are settings.
    if (said !== "ok" && said !== "none") waiting = clock.after(AGAIN_MS, look);
  }

  function look(): void {
    waiting?.();
    waiting = undefined;
    if (wanted() && !asking) void ask();
  }

  return {
    look,
    close() {
      waiting?.();
      waiting = undefined;
      asking?.abort();
      asking = undefined;
    },
  };
}
