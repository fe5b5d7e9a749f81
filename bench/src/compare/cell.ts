import { type ServerProcess, startServer } from "./contestants/server-process.ts";
import { measureBoot } from "./metrics/boot.ts";
import { measureBurst } from "./metrics/burst.ts";
import { measureComeback } from "./metrics/comeback.ts";
import { measureConnects } from "./metrics/connects.ts";
import { measureGrowth } from "./metrics/growth.ts";
import { measureIdle } from "./metrics/idle.ts";
import type { Bench, Measure, Measured } from "./metrics/measured.ts";
import { measureRelay } from "./metrics/relay.ts";
import type { MetricName, Sizes } from "./metrics/sizes.ts";
import type { Report, Task } from "./run/task.ts";

/** The process of one cell: it is told what to measure, starts the servers, is their load, and tells what it found. */

const METRICS: { readonly [Name in MetricName]: Measure<Sizes[Name]> } = {
  relay: measureRelay,
  burst: measureBurst,
  connects: measureConnects,
  idle: measureIdle,
  comeback: measureComeback,
  growth: measureGrowth,
  boot: measureBoot,
};

const measure = <Name extends MetricName>(
  bench: Bench,
  { metric, size }: { readonly metric: Name; readonly size: Sizes[Name] },
): Promise<Measured> => METRICS[metric](bench, size);

const tell = (report: Report): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(report, undefined, undefined, () => resolve());
  });

async function carryOut(task: Task): Promise<void> {
  const servers: ServerProcess[] = [];
  const bench: Bench = {
    contestant: task.contestant,
    async start(options = {}) {
      const { contestant, serverCpu: cpu, log } = task;
      const server = await startServer({ contestant, cpu, log, ...options });
      servers.push(server);
      await tell({ kind: "server", pid: server.pid });
      return server;
    },
  };
  try {
    await tell({ kind: "measured", measured: await measure(bench, task.work) });
  } catch (error) {
    await tell({
      kind: "failed",
      fault: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  } finally {
    for (const server of servers) await server.stop();
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));
process.once("disconnect", () => process.exit(1));
process.once("message", (task: Task) => {
  void carryOut(task).finally(() => process.exit(0));
});
