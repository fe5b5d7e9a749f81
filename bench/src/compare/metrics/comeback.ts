import { setTimeout as pause } from "node:timers/promises";
import { type Crowd, createCrowd, type Fate } from "../comeback/crowd.ts";
import { freePort } from "../contestants/server-process.ts";
import { openCpuWindow } from "../load/cpu-window.ts";
import { sorted } from "../report/stats.ts";
import type { Measure, Measured } from "./measured.ts";
import type { Sizes } from "./sizes.ts";

const WIDTH = 64;
const LOOK_MS = 5;
const COME_MS = 60_000;
const MATCH_MS = 30_000;
/** Shares of the people for the plot of those who are back. */
export const BACK_SHARES = Array.from({ length: 100 }, (_, n) => (n + 1) / 100);

async function until(isSo: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > deadline) return false;
    await pause(LOOK_MS);
  }
  return true;
}

async function must(isSo: () => boolean, withinMs: number, what: string): Promise<void> {
  if (!(await until(isSo, withinMs))) throw new Error(`${what} within ${withinMs} ms.`);
}

const isOnline = ({ onlineAt }: Fate): boolean => onlineAt !== undefined;

async function settle({ talkers, others }: Crowd): Promise<void> {
  const everybody = [...talkers, ...others];
  for (let first = 0; first < everybody.length; first += WIDTH) {
    const some = everybody.slice(first, first + WIDTH);
    for (const { page } of some) page.open();
    await must(() => some.every(isOnline), COME_MS, "Not all got in");
  }
  for (const { page } of talkers) page.find();
  await must(() => talkers.every(({ room }) => room !== ""), MATCH_MS, "Not all were matched");
}

/** The instants at which each couple was together, of those that were. */
function couplesTogether(talkers: readonly Fate[]): readonly number[] {
  const rooms = new Map<string, number[]>();
  for (const { room, togetherAt } of talkers)
    if (togetherAt !== undefined) rooms.set(room, [...(rooms.get(room) ?? []), togetherAt]);
  return [...rooms.values()].filter((both) => both.length === 2).map((both) => Math.max(...both));
}

/** How long after the crash which share of them all was there; NaN where it never was. */
function shares(instants: readonly number[], all: number, diedAt: number) {
  const ordered = sorted(instants);
  return (share: number): number => (ordered[Math.ceil(share * all) - 1] ?? Number.NaN) - diedAt;
}

/** The server is killed under people of whom most talk, and started again: how long until they are where they were. */
export const measureComeback: Measure<Sizes["comeback"]> = async (bench, size): Promise<Measured> => {
  const { people, rooms } = size;
  const keepsRooms = bench.contestant.kind === "serendip";
  const port = await freePort();
  const first = await bench.start({ port });
  const crowd = await createCrowd(bench.contestant, { port, people, rooms });
  const { talkers, others } = crowd;
  const everybody = [...talkers, ...others];
  await settle(crowd);
  await pause(size.settleMs);
  if (!everybody.every(isOnline)) throw new Error("Connections were lost before the crash.");

  crowd.forget();
  const diedAt = performance.now();
  await first.kill();
  await pause(Math.max(0, size.downMs - (performance.now() - diedAt)));
  const second = await bench.start({ port });
  const upAt = performance.now();
  const close = openCpuWindow(second.pid);
  const isTogether = (fate: Fate) => isOnline(fate) && (!keepsRooms || fate.togetherAt !== undefined);
  await until(() => talkers.every(isTogether) && others.every(isOnline), size.patienceMs);
  const cpu = close();
  const online = everybody.flatMap(({ onlineAt }) => onlineAt ?? []);
  const together = couplesTogether(talkers);
  crowd.close();

  const back = shares(online, people, diedAt);
  const couples = shares(together, rooms, diedAt);
  const figures: Record<string, number> = {
    "comeback.upMs": upAt - diedAt,
    "comeback.p50Ms": back(0.5),
    "comeback.p95Ms": back(0.95),
    "comeback.p100Ms": back(1),
    "comeback.missing": people - online.length,
    "comeback.serverMs": cpu.serverMs,
    "comeback.busy": cpu.loadShare,
  };
  if (keepsRooms)
    Object.assign(figures, {
      "comeback.couplesP95Ms": couples(0.95),
      "comeback.couplesP100Ms": couples(1),
      "comeback.couplesLaterMs": couples(1) - back(1),
      "comeback.roomsLost": rooms - together.length,
      "comeback.attempts": crowd.counts.attempts,
      "comeback.mints": crowd.counts.mints,
    });
  return {
    figures,
    curves: {
      "comeback.connected": BACK_SHARES.map(back),
      ...(keepsRooms ? { "comeback.couples": BACK_SHARES.map(couples) } : {}),
    },
    busy: cpu.loadShare,
    waited: Math.max(cpu.serverWaited, cpu.loadWaited),
    complaints: Object.fromEntries(crowd.complaints.counts),
  };
};
