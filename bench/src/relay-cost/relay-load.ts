import { setTimeout as pause } from "node:timers/promises";
import { LIMITS } from "@serendip/protocol";
import type { Figures } from "../compare.ts";
import { percentile } from "../figures.ts";
import { startBuilt } from "../server/built-server.ts";
import { figuresOf } from "../server/process-figures.ts";
import { openCrowd } from "./crowd.ts";

const PAIRS = 20;
/** Of all together; each person sends less than the 500 frames a second that a connection may (SPEC W10), and fewer bytes than a room takes (R12). */
const RATE = 4_000;
const RATE_MS = 6_000;
/** Signals of one person that wait for their acknowledgements: so many have one between them (SPEC R20). */
const WINDOW = LIMITS.signalsPerAck;
/** Of each person, and less than what may come at once. */
const WARM_UP = 16 * WINDOW;
const AS_FAST_AS_ACKED = 18 * WINDOW;
/** After what came before, whose garbage may still be collected. */
const REST_MS = 500;

/** CPU time of the server for 100,000 signals, and how long they took. */
export async function relayLoad(product: string): Promise<Figures> {
  // Forty people stand for thousands here.
  const server = await startBuilt({ product, settings: { LIMITS_PERCENT: "1000000" } });
  try {
    const crowd = await openCrowd(server, PAIRS);
    const measured = async (send: () => Promise<number>) => {
      await pause(REST_MS);
      const before = figuresOf(server.pid);
      const startedAt = performance.now();
      const sent = await send();
      const waits = await crowd.arrived(sent);
      const tookMs = performance.now() - startedAt;
      const after = figuresOf(server.pid);
      if (!before || !after) throw new Error("The server ended.");
      if (waits.length !== sent) throw new Error(`${sent - waits.length} of ${sent} signals were lost.`);
      return {
        cpuMs: ((after.cpuMs - before.cpuMs) / sent) * 100_000,
        waitedShare: (after.waitedMs - before.waitedMs) / tookMs,
        perSecond: (sent / tookMs) * 1_000,
        p50Ms: percentile(waits, 0.5),
        p99Ms: percentile(waits, 0.99),
      };
    };
    await measured(() => crowd.asFastAsAcked(WARM_UP, WINDOW));
    const steady = await measured(() => crowd.atRate(RATE, RATE_MS));
    const fast = await measured(() => crowd.asFastAsAcked(AS_FAST_AS_ACKED, WINDOW));
    crowd.close();
    return {
      "CPU ms per 100,000 at a fixed rate": steady.cpuMs,
      "  signals per second": steady.perSecond,
      "  % of the time without a core": 100 * steady.waitedShare,
      "  p50 ms": steady.p50Ms,
      "  p99 ms": steady.p99Ms,
      "CPU ms per 100,000 as fast as acked": fast.cpuMs,
      "  signals per second ": fast.perSecond,
      "  % of the time without a core ": 100 * fast.waitedShare,
      "  p50 ms ": fast.p50Ms,
      "  p99 ms ": fast.p99Ms,
    };
  } finally {
    await server.stop();
  }
}
