import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ask, HOST, ORIGIN, type Server } from "../page/mint.ts";
import { fileLog, type LogOutput } from "./log-outputs.ts";

const START_MS = 20_000;
const STOP_MS = 5_000;
const ANSWER_MS = 2_000;
const POLL_MS = 20;

/** A built signaling server as an operator runs it, in a process of its own. */
export interface BuiltServer extends Server {
  readonly pid: number;
  hasEnded(): boolean;
  /** It answers /healthz within two seconds. */
  answers(): Promise<boolean>;
  /** Ends it at once, as a crash would, and removes what it left. */
  kill(): Promise<void>;
  /** Stops it, with SIGKILL where SIGTERM does not, and removes what it left. */
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

/** Of every server that runs: nothing is left when this process ends, however it ends. */
const cleanups = new Set<() => void>();
process.on("exit", () => {
  for (const clean of cleanups) clean();
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(130));

/**
 * Starts the server of a built checkout on a free port. SERVER_FLAGS are options of its Node, such as `--cpu-prof`.
 *
 * @param options.product the checkout's folder
 * @param options.openLog where its log goes; a file unless given
 * @param options.settings of the server, besides those that every bench needs; `PORT` where it has to be a certain one
 */
export async function startBuilt({
  product,
  openLog = fileLog,
  settings = {},
}: {
  readonly product: string;
  readonly openLog?: (directory: string) => LogOutput;
  readonly settings?: Readonly<Record<string, string>>;
}): Promise<BuiltServer> {
  const main = join(product, "signaling-server/dist/main.js");
  if (!existsSync(main)) throw new Error(`${main} is missing: run "npm run build" in ${product} first.`);
  const port = Number(settings["PORT"] ?? (await freePort()));
  const directory = mkdtempSync(join(tmpdir(), "serendip-bench-"));
  const flags = (process.env["SERVER_FLAGS"] ?? "").split(" ").filter((flag) => flag !== "");
  const log = openLog(directory);
  const complaints = join(directory, "stderr");
  const stderr = openSync(complaints, "a");
  const child = spawn(process.execPath, [...flags, main], {
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST,
      PORT: String(port),
      ALLOWED_ORIGINS: ORIGIN,
      SESSION_SECRET: randomBytes(48).toString("base64"),
      LOG_LEVEL: "info",
      ...settings,
    },
    stdio: ["ignore", log.fd, stderr],
  });
  closeSync(stderr);
  const exit = once(child, "exit");
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const clean = () => {
    cleanups.delete(clean);
    child.kill("SIGKILL");
    log.close();
    rmSync(directory, { recursive: true, force: true });
  };
  cleanups.add(clean);

  const answersTo = async (path: string) => {
    const answer = ask({ port }, { method: "GET", path }).then(
      (text) => text.includes('"status":"ok"'),
      () => false,
    );
    return Promise.race([answer, pause(ANSWER_MS, false, { ref: false })]);
  };
  const deadline = performance.now() + START_MS;
  while (!(await answersTo("/readyz"))) {
    if (hasEnded() || performance.now() > deadline) {
      const why = readFileSync(complaints, "utf8");
      clean();
      throw new Error(`The server of ${product} did not start. ${why}`);
    }
    await pause(POLL_MS);
  }
  return {
    port,
    pid: child.pid ?? -1,
    hasEnded,
    answers: () => answersTo("/healthz"),
    async kill() {
      child.kill("SIGKILL");
      await exit;
      clean();
    },
    async stop() {
      child.kill();
      await Promise.race([exit, pause(STOP_MS, undefined, { ref: false })]);
      if (!hasEnded()) child.kill("SIGKILL");
      await exit;
      clean();
    },
  };
}
