import { cpus } from "node:os";
import { until } from "./until.ts";

/** How long the processors are looked at, and how much of that time may be work. */
const LOOK_MS = 500;
const BUSY_AT_MOST = 0.4;
const LONGEST_MS = 10_000;

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

/**
 * Waits until the computer has done what a page's loading leaves behind, as it has by the time that somebody has read the page.
 * One that other work keeps busy is not waited for, and said to be so: what is measured on it is worth less.
 */
export async function atRest(): Promise<void> {
  let before = read();
  const deadline = before.at + LONGEST_MS;
  await until("the computer was looked at", LONGEST_MS * 2, () => {
    const now = read();
    if (now.at - before.at < LOOK_MS) return false;
    const share = (now.busyMs - before.busyMs) / (now.allMs - before.allMs);
    before = now;
    if (now.at > deadline) console.info(`The computer is busy all the time: ${Math.round(share * 100)} %.`);
    return share <= BUSY_AT_MOST || now.at > deadline;
  });
}
