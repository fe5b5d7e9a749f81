import { closeSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./page.ts";
import { makePipe } from "./pipe.ts";
import { answering, freePort, type serverProcesses } from "./server-process.ts";

/** A server in a terminal, whose window shows nothing: what is written into the terminal stays there. */
export interface InTerminal {
  readonly at: { readonly url: string };
  kill(signal: NodeJS.Signals): void;
  /** The window is closed. */
  hangUp(): void;
  /** As a shell tells it: above 128 for a process that was ended by a signal. */
  exitCode(): Promise<number>;
  /** Leaves nothing behind. */
  close(): void;
}

/** Needs script(1) and /proc. */
export async function startInTerminal({
  start,
  directory,
}: ReturnType<typeof serverProcesses>): Promise<InTerminal> {
  const window = makePipe(directory());
  window.fill();
  const port = await freePort();
  const stdout = window.writeEnd();
  const exitCode = join(directory(), "exit-code");
  const { child } = start({
    env: { PORT: String(port) },
    stdio: ["ignore", stdout, "ignore"],
    // The shell stays when the terminal goes, so that there is somebody to tell the exit code.
    around: (words) => [
      "script",
      "-qc",
      `trap "" HUP; ${words.join(" ")}; echo $? >${exitCode}`,
      "/dev/null",
    ],
  });
  closeSync(stdout);
  const at = await answering(port);
  const childOf = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
  const pid = childOf(childOf(child.pid ?? -1));
  const read = () => (existsSync(exitCode) ? readFileSync(exitCode, "utf8") : "");
  return {
    at,
    kill: (signal) => void process.kill(pid, signal),
    hangUp: () => void child.kill("SIGKILL"),
    async exitCode() {
      await until("its exit code", () => read().endsWith("\n"), 10_000);
      return Number(read());
    },
    close() {
      window.close();
      if (existsSync(`/proc/${pid}`) && read() === "") process.kill(pid, "SIGKILL");
    },
  };
}
