import { setTimeout as pause } from "node:timers/promises";
import type { ServerProcess } from "../contestants/server-process.ts";
import { openCpuWindow } from "../load/cpu-window.ts";
import { searchAtOnce, searchInTurn } from "../load/matches.ts";
import type { Member, Swarm } from "../load/swarm.ts";
import { sumComplaints } from "../people/complaints.ts";
import type { Measure } from "./measured.ts";
import { openRooms, relayFigures, waitedOf } from "./relay.ts";
import type { Sizes } from "./sizes.ts";

const SETTLE_MS = 2_000;
/** One of the product's ping intervals. */
const BACKGROUND_MS = 10_000;
const WARM_UP_MS = 1_000;

/** CPU time of searches, one after the other, beyond what those who only are there cost. */
async function searchCost(
  swarm: Swarm,
  server: ServerProcess,
  how: { readonly finds: number; readonly perSecond: number; readonly backgroundShare: number },
): Promise<{ readonly cpuMsEach: number; readonly busy: number }> {
  const { members } = await swarm.connect(how.finds);
  const close = openCpuWindow(server.pid);
  const { busy } = await searchInTurn(members, how.perSecond);
  const cpu = close();
  for (const { person } of members) person.close();
  return { cpuMsEach: (cpu.serverMs - how.backgroundShare * cpu.wallMs) / how.finds, busy };
}

/** Whether messages and searches cost more, the more people are there; and how late messages are when all of them talk. */
export const measureGrowth: Measure<Sizes["growth"]> = async (bench, size) => {
  const { rooms, perSecond, measureMs } = size;
  const server = await bench.start();
  const { swarm, load } = await openRooms(bench, server, rooms);
  await load.run({ perSecond, warmUpMs: WARM_UP_MS, measureMs: WARM_UP_MS });
  const crowd: Member[] = [];
  const figures: Record<string, number> = {};
  let busiest = 0;
  let waited = 0;
  for (const level of size.levels) {
    const more = Math.max(0, level - 2 * rooms - crowd.length);
    crowd.push(...(await swarm.connect(more)).members);
    await pause(SETTLE_MS);
    const close = openCpuWindow(server.pid);
    await pause(Math.min(BACKGROUND_MS, 2 * measureMs));
    const { serverShare: backgroundShare } = close();
    const run = await load.run({ perSecond, warmUpMs: WARM_UP_MS, measureMs });
    const ofPeople = backgroundShare * run.cpu.wallMs;
    figures[`growth${level}.cpuMsPer100k`] = ((run.cpu.serverMs - ofPeople) / run.sent) * 100_000;
    const search = await searchCost(swarm, server, {
      finds: size.finds,
      perSecond: size.findsPerSecond,
      backgroundShare,
    });
    figures[`growth${level}.cpuMsPerFind`] = search.cpuMsEach;
    busiest = Math.max(busiest, run.busy, search.busy);
    waited = Math.max(waited, waitedOf(run));
  }
  // An odd one would wait for ever.
  await searchAtOnce(crowd.slice(0, crowd.length - (crowd.length % 2)));
  await pause(SETTLE_MS);
  const talk = await load.run({ perSecond, warmUpMs: WARM_UP_MS, measureMs: size.talkMs });
  if (swarm.lost() > 0) throw new Error(`${swarm.lost()} connections were lost.`);
  return {
    figures: { ...figures, ...relayFigures(talk, "talk") },
    busy: Math.max(busiest, talk.busy),
    waited: Math.max(waited, waitedOf(talk)),
    complaints: sumComplaints(swarm.complaints()),
  };
};
