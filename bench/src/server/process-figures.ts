import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What Linux says about a process; `undefined` once it is gone. */
export interface ProcessFigures {
  /** User and system time of all its threads so far, milliseconds. */
  readonly cpuMs: number;
  /** How long its main thread was ready to run, but had no CPU, milliseconds. */
  readonly waitedMs: number;
  readonly rssBytes: number;
}

/** `undefined` where there is no /proc to ask. */
export function ticksPerSecond(): number | undefined {
  try {
    return Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  } catch {
    return undefined;
  }
}

const TICK_MS = 1_000 / (ticksPerSecond() ?? 100);
const NS_PER_MS = 1e6;

/** From /proc/PID/stat, schedstat and status (proc(5)). */
export function figuresOf(pid: number): ProcessFigures | undefined {
  try {
    const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
    const stat = read("stat");
    // The name of the program stands in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [, waitedNs] = read("schedstat").split(" ");
    const [, rssKiB] = /^VmRSS:\s+(\d+) kB/m.exec(read("status")) ?? [];
    if (rssKiB === undefined) return undefined;
    return {
      cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
      waitedMs: Number(waitedNs) / NS_PER_MS,
      rssBytes: Number(rssKiB) * 1024,
    };
  } catch {
    return undefined;
  }
}
