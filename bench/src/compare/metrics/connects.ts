import { setTimeout as pause } from "node:timers/promises";
import { openCpuWindow } from "../load/cpu-window.ts";
import { createSwarm } from "../load/swarm.ts";
import { sumComplaints } from "../people/complaints.ts";
import { peopleOf } from "../people/people-of.ts";
import { quantile } from "../report/stats.ts";
import type { Measure } from "./measured.ts";
import type { Sizes } from "./sizes.ts";

const REST_MS = 1_000;

/** How many people a second get in, 64 at a time, with all that each of them needs: a token too, where the server asks for one. */
export const measureConnects: Measure<Sizes["connects"]> = async (bench, size) => {
  const server = await bench.start();
  const swarm = createSwarm(peopleOf(bench.contestant, server.port));
  const first = await swarm.connect(size.warmUp);
  for (const { person } of first.members) person.close();
  await pause(REST_MS);
  const close = openCpuWindow(server.pid);
  const { tookMs, wholeMs } = await swarm.connect(size.people);
  const cpu = close();
  return {
    figures: {
      "connects.perSecond": (size.people / wholeMs) * 1_000,
      "connects.p50Ms": quantile(tookMs, 0.5),
      "connects.p99Ms": quantile(tookMs, 0.99),
      "connects.cpuMsEach": cpu.serverMs / size.people,
      "connects.busy": cpu.loadShare,
    },
    busy: cpu.loadShare,
    waited: Math.max(cpu.serverWaited, cpu.loadWaited),
    complaints: sumComplaints(swarm.complaints()),
  };
};
