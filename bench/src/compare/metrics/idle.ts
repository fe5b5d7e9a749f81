import { setTimeout as pause } from "node:timers/promises";
import { openCpuWindow } from "../load/cpu-window.ts";
import { createSwarm } from "../load/swarm.ts";
import { sumComplaints } from "../people/complaints.ts";
import { peopleOf } from "../people/people-of.ts";
import type { Measure } from "./measured.ts";
import type { Sizes } from "./sizes.ts";

const REST_MS = 1_000;
const KIB = 1_024;

/** What people cost who do nothing. */
export const measureIdle: Measure<Sizes["idle"]> = async (bench, size) => {
  const server = await bench.start({ withMemory: true });
  const swarm = createSwarm(peopleOf(bench.contestant, server.port));
  const first = await swarm.connect(size.warmUp);
  for (const { person } of first.members) person.close();
  await pause(REST_MS);
  const empty = await server.memory();
  let figures: Record<string, number> = {};
  let online = 0;
  let waited = 0;
  for (const [step, level] of size.levels.entries()) {
    await swarm.connect(level - online);
    online = level;
    await pause(size.settleMs);
    // Pings are as many at each level as people, so the first one says it all.
    if (step === 0) {
      const close = openCpuWindow(server.pid);
      await pause(size.watchMs);
      const cpu = close();
      waited = Math.max(cpu.serverWaited, cpu.loadWaited);
      figures[`idle${level}.serverShare`] = cpu.serverShare;
    }
    const memory = await server.memory();
    const each = (bytes: number) => bytes / level / KIB;
    figures = {
      ...figures,
      [`idle${level}.rssKiB`]: each(memory.rss - empty.rss),
      [`idle${level}.rssCollectedKiB`]: each(memory.rssCollected - empty.rssCollected),
      [`idle${level}.heapKiB`]: each(memory.heapUsed - empty.heapUsed),
    };
  }
  if (swarm.lost() > 0) throw new Error(`${swarm.lost()} connections were lost.`);
  return {
    figures,
    busy: 0,
    waited,
    complaints: sumComplaints(swarm.complaints()),
  };
};
