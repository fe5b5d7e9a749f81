import { setTimeout as pause } from "node:timers/promises";
import { openCpuWindow } from "../load/cpu-window.ts";
import { couplesOf, type Search, searchAtOnce, searchInTurn } from "../load/matches.ts";
import { createSwarm, type Member } from "../load/swarm.ts";
import { sumComplaints } from "../people/complaints.ts";
import { peopleOf } from "../people/people-of.ts";
import { median, quantile } from "../report/stats.ts";
import type { Measure } from "./measured.ts";
import type { Sizes } from "./sizes.ts";

const REST_MS = 300;

/** From the second one's search until both have been told: what is the server's part of a wait. */
function toldAfter(members: readonly Member[], searches: readonly Search[]): readonly number[] {
  const numberOf = new Map(members.map((member, n) => [member, n]));
  return couplesOf(members).map((couple) => {
    const both = couple.flatMap((member) => searches[numberOf.get(member) ?? -1] ?? []);
    const asked = Math.max(...both.map(({ askedAt }) => askedAt));
    return Math.max(...both.map(({ matchedAt }) => matchedAt)) - asked;
  });
}

/** How long people wait for a partner: all at once, and one after the other. */
export const measureBurst: Measure<Sizes["burst"]> = async (bench, size) => {
  const server = await bench.start();
  const swarm = createSwarm(peopleOf(bench.contestant, server.port));
  const rounds: { allMs: number; p50Ms: number; p99Ms: number; busy: number; waited: number }[] = [];
  for (let round = 0; round < size.warmUps + size.rounds; round += 1) {
    const { members } = await swarm.connect(size.people);
    await pause(REST_MS);
    const close = openCpuWindow(server.pid);
    const searches = await searchAtOnce(members);
    const cpu = close();
    const waits = searches.map(({ askedAt, matchedAt }) => matchedAt - askedAt);
    const begunAt = Math.min(...searches.map(({ askedAt }) => askedAt));
    const allMs = Math.max(...searches.map(({ matchedAt }) => matchedAt)) - begunAt;
    if (round >= size.warmUps)
      rounds.push({
        allMs,
        p50Ms: quantile(waits, 0.5),
        p99Ms: quantile(waits, 0.99),
        busy: cpu.loadShare,
        waited: Math.max(cpu.serverWaited, cpu.loadWaited),
      });
    for (const { person } of members) person.close();
    await pause(REST_MS);
  }

  const { members } = await swarm.connect(size.arrivals);
  await pause(REST_MS);
  const close = openCpuWindow(server.pid);
  const { searches, busy, matched } = await searchInTurn(members, size.arrivalsPerSecond);
  const cpu = close();
  if (matched < members.length) throw new Error(`Only ${matched} of ${members.length} were matched.`);
  const told = toldAfter(members, searches);
  return {
    figures: {
      "burst.allMs": median(rounds.map(({ allMs }) => allMs)),
      "burst.p50Ms": median(rounds.map(({ p50Ms }) => p50Ms)),
      "burst.p99Ms": median(rounds.map(({ p99Ms }) => p99Ms)),
      "burst.busy": median(rounds.map(({ busy: share }) => share)),
      "arrivals.p50Ms": quantile(told, 0.5),
      "arrivals.p99Ms": quantile(told, 0.99),
      "arrivals.serverShare": cpu.serverShare,
      "arrivals.busy": busy,
    },
    busy: Math.max(busy, median(rounds.map(({ busy: share }) => share))),
    waited: Math.max(cpu.serverWaited, cpu.loadWaited, ...rounds.map(({ waited }) => waited)),
    complaints: sumComplaints(swarm.complaints()),
  };
};
