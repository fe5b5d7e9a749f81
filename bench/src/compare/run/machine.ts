import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, platform, release } from "node:os";

/** Which CPUs server and load are bound to; undefined: to none. */
export type Pinning = { readonly server: number; readonly load: number } | undefined;

export interface Machine {
  readonly system: string;
  readonly cpu: string;
  readonly cpuCount: number;
  readonly node: string;
  readonly pinning: Pinning;
}

/** A list of the kernel's, such as `0-2,5`. */
export function readCpuList(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(",").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, n) => from + n);
  });
}

/** The CPUs that this process may run on; none where the system has no /proc. */
function allowedCpus(): readonly number[] {
  try {
    const [, list = ""] =
      /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return readCpuList(list);
  } catch {
    return [];
  }
}

/** The first CPU is the server's, the last one the load's. */
export function choosePinning(): Pinning {
  const allowed = allowedCpus();
  const [server] = allowed;
  const load = allowed.at(-1);
  if (server === undefined || load === undefined || server === load) return undefined;
  if (spawnSync("taskset", ["-V"]).status !== 0) return undefined;
  return { server, load };
}

export function describeMachine(pinning: Pinning): Machine {
  return {
    system: `${platform()} ${release()}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cpuCount: cpus().length,
    node: process.version,
    pinning,
  };
}

/** The system's time so far, in ticks, and what of it the host took away (proc(5): stat). */
function ticks(): { readonly all: number; readonly stolen: number } {
  try {
    const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n", 1);
    const fields = line.split(/\s+/).slice(1, 9).map(Number);
    return { all: fields.reduce((sum, one) => sum + one, 0), stolen: fields[7] ?? 0 };
  } catch {
    return { all: Number.NaN, stolen: Number.NaN };
  }
}

/** Looks at how quiet the machine is from now on; the returned function tells. */
export function watchSurroundings() {
  const begunAt = performance.now();
  const [loadAverage = Number.NaN] = loadavg();
  const before = ticks();
  return () => {
    const after = ticks();
    return {
      loadAverage,
      stolen: (after.stolen - before.stolen) / (after.all - before.all),
      seconds: Math.round((performance.now() - begunAt) / 100) / 10,
    };
  };
}
