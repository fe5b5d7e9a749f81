import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Report, Task } from "./task.ts";

const CELL = fileURLToPath(new URL("../cell.ts", import.meta.url));
const FLAGS = ["--import", "tsx", "--conditions=@serendip/source"];
const CELL_MS = 480_000;

export type Outcome = Exclude<Report, { kind: "server" }>;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill();
});

/** Runs one cell in a process of its own on the load's CPU. One that hangs is ended, and its servers with it. */
export function runCell(task: Task, loadCpu: number | undefined): Promise<Outcome> {
  const all = [process.execPath, ...FLAGS, CELL];
  const [file = "", ...args] = loadCpu === undefined ? all : ["taskset", "-c", String(loadCpu), ...all];
  const child = spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  running.add(child);
  const servers: number[] = [];
  let outcome: Outcome = { kind: "failed", fault: "the process ended before it told anything" };
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      outcome = { kind: "failed", fault: `it told nothing within ${CELL_MS / 1_000} s` };
      child.kill("SIGKILL");
      for (const pid of servers) end(pid);
    }, CELL_MS);
    child.on("message", (report: Report) => {
      if (report.kind === "server") servers.push(report.pid);
      else outcome = report;
    });
    child.once("error", (error) => {
      outcome = { kind: "failed", fault: error.message };
    });
    child.once("close", () => {
      clearTimeout(late);
      running.delete(child);
      resolve(outcome);
    });
    child.send(task);
  });
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It had ended already.
  }
}
