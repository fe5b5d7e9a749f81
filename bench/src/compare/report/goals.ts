/** What the product has to reach. */
export interface Goal {
  readonly title: string;
  /** Name of the figure. */
  readonly figure: string;
  /** The contestant that the ratio is formed with; undefined: the figure itself counts. */
  readonly base: string | undefined;
  readonly limit: number;
  readonly isReachedBy: "less" | "more";
}

const BARE = "socket.io";
const atMost = (title: string, figure: string, limit: number, base?: string): Goal => ({
  title,
  figure,
  base,
  limit,
  isReachedBy: "less",
});

/** Ratios to the bare relay in the same run, unless said otherwise. */
export const GOALS: readonly Goal[] = [
  atMost("relay at 5,000/s: CPU", "relay5000.cpuMsPer100k", 1.05, BARE),
  atMost("relay at 5,000/s: CPU, to raw ws", "relay5000.cpuMsPer100k", 1.5, "ws"),
  atMost("relay at 5,000/s: p50", "relay5000.p50Ms", 1.05, BARE),
  atMost("relay at 5,000/s: p99", "relay5000.p99Ms", 1, BARE),
  atMost("burst of 500: all matched", "burst.allMs", 1.5, BARE),
  atMost("100 arrivals/s: both told, p50", "arrivals.p50Ms", 1.5, BARE),
  atMost("100 arrivals/s: server CPU", "arrivals.serverShare", 0.05),
  { ...atMost("connects/s, token included", "connects.perSecond", 0.75, BARE), isReachedBy: "more" },
  atMost("kill -9: 95 % back", "comeback.p95Ms", 0.65, BARE),
  atMost("kill -9: 100 % back", "comeback.p100Ms", 0.75, BARE),
  atMost("kill -9: the last couple after the last connect, ms", "comeback.couplesLaterMs", 1_000),
  atMost("idle at 5,000: CPU, to one with our pings", "idle5000.serverShare", 1.5, "socket.io-pings"),
  atMost("idle at 5,000: RSS", "idle5000.rssKiB", 1.1, BARE),
  atMost("idle at 10,000: RSS", "idle10000.rssKiB", 1.2, BARE),
  atMost("idle at 10,000: heap, KiB each", "idle10000.heapKiB", 12),
  atMost("10,000 in rooms: p99.9, ms", "talk.p999Ms", 25),
  atMost("boot to ready, ms", "boot.readyMs", 350),
];
