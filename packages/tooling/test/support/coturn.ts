import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../floors/source.ts";
import { freePort, until } from "./command.ts";

export interface Coturn {
  readonly port: number;
  /** Everything it has written. */
  output(): string;
  stop(): Promise<void>;
}

function connects(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => answer(false));
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
  });
}

/** Runs coturn with the sample configuration as it is; only where it listens and `more` is said on the command line. */
export async function sampleCoturn(...more: readonly string[]): Promise<Coturn> {
  const folder = mkdtempSync(join(tmpdir(), "serendip-coturn-"));
  const port = await freePort();
  const child = spawn(
    process.env["TURNSERVER_PATH"] || "turnserver",
    [
      "-c",
      join(ROOT, "deploy/coturn/turnserver.conf"),
      "--listening-ip=127.0.0.1",
      "--relay-ip=127.0.0.1",
      "--relay-ip=::1",
      `--listening-port=${port}`,
      `--pidfile=${join(folder, "pid")}`,
      `--userdb=${join(folder, "db")}`,
      ...more,
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = once(child, "exit");
  // Awaited by whoever stops it; until then its failure is seen as one of the start.
  ended.catch(() => {});
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  child.once("error", (error) => {
    output += `${error.message}: is coturn installed? (apt-get install coturn)`;
  });
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill();
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until("coturn listens", async () => {
      if (child.pid === undefined || child.exitCode !== null) throw new Error(`coturn ended:\n${output}`);
      return connects(port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, output: () => output, stop };
}
