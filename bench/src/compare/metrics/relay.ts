import { setTimeout as pause } from "node:timers/promises";
import type { ServerProcess } from "../contestants/server-process.ts";
import { couplesOf, searchAtOnce } from "../load/matches.ts";
import { createRelayLoad, type RelayRun } from "../load/relay-load.ts";
import { createSwarm, type Swarm } from "../load/swarm.ts";
import { sumComplaints } from "../people/complaints.ts";
import { peopleOf } from "../people/people-of.ts";
import { quantileOfSorted, sorted } from "../report/stats.ts";
import type { Bench, Measure } from "./measured.ts";
import type { Sizes } from "./sizes.ts";

/** After the matches, whose garbage may still be collected. */
const REST_MS = 500;

/** Shares of the messages for the plot of latencies. */
export const CURVE_SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999];

/** Couples who talk, so many a second. */
export async function openRooms(
  bench: Bench,
  server: ServerProcess,
  rooms: number,
): Promise<{ readonly swarm: Swarm; readonly load: ReturnType<typeof createRelayLoad> }> {
  const swarm = createSwarm(peopleOf(bench.contestant, server.port));
  const { members } = await swarm.connect(2 * rooms);
  await searchAtOnce(members);
  await pause(REST_MS);
  return { swarm, load: createRelayLoad(couplesOf(members), server.pid) };
}

export function relayFigures(run: RelayRun, prefix: string): Readonly<Record<string, number>> {
  const ordered = sorted(run.tookMs);
  const late = sorted(run.lateMs);
  return {
    [`${prefix}.p50Ms`]: quantileOfSorted(ordered, 0.5),
    [`${prefix}.p99Ms`]: quantileOfSorted(ordered, 0.99),
    [`${prefix}.p999Ms`]: quantileOfSorted(ordered, 0.999),
    [`${prefix}.cpuMsPer100k`]: (run.cpu.serverMs / run.sent) * 100_000,
    [`${prefix}.serverShare`]: run.cpu.serverShare,
    [`${prefix}.lost`]: run.lost + run.strays,
    [`${prefix}.busy`]: run.busy,
    [`${prefix}.lateP99Ms`]: quantileOfSorted(late, 0.99),
  };
}

export const waitedOf = ({ cpu }: Pick<RelayRun, "cpu">): number =>
  Math.max(cpu.serverWaited, cpu.loadWaited);

/** Latency, loss and CPU time of messages between couples. */
export const measureRelay: Measure<Sizes["relay"]> = async (bench, size) => {
  const server = await bench.start();
  const { swarm, load } = await openRooms(bench, server, size.rooms);
  let figures = {};
  const curves: Record<string, readonly number[]> = {};
  let busy = 0;
  let waited = 0;
  for (const perSecond of size.rates) {
    const run = await load.run({ perSecond, warmUpMs: size.warmUpMs, measureMs: size.measureMs });
    figures = { ...figures, ...relayFigures(run, `relay${perSecond}`) };
    const ordered = sorted(run.tookMs);
    curves[`relay${perSecond}`] = CURVE_SHARES.map((share) => quantileOfSorted(ordered, share));
    busy = Math.max(busy, run.busy);
    waited = Math.max(waited, waitedOf(run));
  }
  return { figures, curves, busy, waited, complaints: sumComplaints(swarm.complaints()) };
};
