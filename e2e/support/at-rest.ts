import { cpus } from "node:os";
import { until } from "./until.ts";

/** How long the processors are looked at, and how much of that time may be work. */
const LOOK_MS = 500;
const BUSY_AT_MOST = 0.4;

interface Reading {
  readonly at: number;
  readonly busyMs: number;
  readonly allMs: number;
}

function read(): Reading {
  let busyMs = 0;
  let allMs = 0;
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.irq + times.idle;
    allMs += all;
    busyMs += all - times.idle;
  }
  return { at: Date.now(), busyMs, allMs };
}

/** Waits until the computer has done what a page's loading leaves behind, as it has by the time that somebody has read the page. */
export async function atRest(): Promise<void> {
  let before = read();
  await until("the computer has little to do", 30_000, () => {
    const now = read();
    if (now.at - before.at < LOOK_MS) return false;
    const share = (now.busyMs - before.busyMs) / (now.allMs - before.allMs);
    before = now;
    return share <= BUSY_AT_MOST;
  });
}
