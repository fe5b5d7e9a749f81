import type { Clock } from "@serendip/time";
import type { MetricsConfig } from "./config/metrics-settings.ts";
import { type MetricsServer, serveMetrics } from "./edge/metrics/metrics-server.ts";
import type { MetricsSources } from "./edge/metrics/snapshot.ts";
import type { Ice } from "./ice-setup.ts";
import type { LobbyService } from "./lobby-setup.ts";
import type { Log } from "./ports.ts";

type FromEdge = Pick<
  MetricsSources,
  "edge" | "sockets" | "connections" | "logCounts" | "draining" | "isFull"
>;

/** Serves metrics where the operator wants them; undefined: nowhere. */
export async function openMetrics(
  config: MetricsConfig | undefined,
  parts: FromEdge & {
    readonly service: LobbyService;
    readonly ice: Ice;
    readonly clock: Clock;
    readonly log: Log;
  },
): Promise<MetricsServer | undefined> {
  if (!config) return undefined;
  const { service, ice, clock, log, ...edge } = parts;
  // Only now, so that a start without metrics does not run the library.
  const { createScrape } = await import("./edge/metrics/registry.ts");
  const scrape = createScrape({
    ...service,
    ...edge,
    turn: () => ice.monitor.statuses(),
    turnAccounts: ice.accountsIssued,
  });
  return serveMetrics({ ...config, scrape, clock, log });
}
