import type { Cancel, Clock } from "@serendip/time";
import type { Log } from "../../ports.ts";

/** Time from one line about a network to the next. */
const TELL_MS = 60_000;
/** Networks that are counted one by one; what the others bring is counted together. */
const MOST_NETWORKS = 1_000;
const SEVERAL = "several";

/** Logs who is turned away at the door: a line when it begins, then one a minute with how often it was. */
export function countTurnedAway({ clock, log }: { readonly clock: Clock; readonly log: Log }): {
  note(network: string): void;
  stop(): void;
} {
  /** How often each network was turned away since the latest line about it. */
  const untold = new Map<string, number>();
  let cancel: Cancel | undefined;

  const tell = (): void => {
    cancel = undefined;
    for (const [network, count] of untold) {
      if (count > 0) log.info("A network was turned away", { network, count });
      if (count > 0) untold.set(network, 0);
      else untold.delete(network);
    }
    if (untold.size > 0) cancel = clock.after(TELL_MS, tell);
  };

  return {
    note(shown) {
      const network = untold.has(shown) || untold.size < MOST_NETWORKS ? shown : SEVERAL;
      const count = untold.get(network);
      if (count === undefined) log.info("A network is turned away", { network });
      untold.set(network, count === undefined ? 0 : count + 1);
      cancel ??= clock.after(TELL_MS, tell);
    },
    stop: () => cancel?.(),
  };
}
