import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { ask } from "../../page/mint.ts";
import { HOST } from "../wire/web-socket.ts";
import { commandOf, PROBE_ARGS } from "./command.ts";
import type { Contestant } from "./contestant.ts";

const START_MS = 20_000;
const STOP_MS = 3_000;
const LOOK_MS = 2;

export interface Memory {
  /** As it was before the collection. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly rssCollected: number;
}

/** A server under test, in a process of its own on a CPU of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** From its spawning until it took people, milliseconds. */
  readonly readyMs: number;
  /** Only of one that was started with `withMemory`. */
  memory(): Promise<Memory>;
  /** SIGKILL, as a crash would end it. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly contestant: Contestant;
  /** Undefined: it is not bound to one. */
  readonly cpu: number | undefined;
  /** The file that its output is appended to. */
  readonly log: string;
  /** A free one unless given. */
  readonly port?: number;
  readonly withMemory?: boolean;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

/** Nothing is left when this process ends, however it ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** The relays take people as soon as they take a connection. */
async function isReady({ kind }: Contestant, port: number): Promise<boolean> {
  if (!(await accepts(port))) return false;
  if (kind !== "serendip") return true;
  return ask({ port }, { method: "GET", path: "/readyz" }).then(
    (text) => text.includes('"status":"ok"'),
    () => false,
  );
}

/** Starts it and waits until it takes people. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { contestant, cpu, log, withMemory = false } = options;
  const port = options.port ?? (await freePort());
  const { args, cwd, env } = commandOf(contestant, port);
  const all = [process.execPath, ...(withMemory ? PROBE_ARGS : []), ...args];
  const [file = "", ...rest] = cpu === undefined ? all : ["taskset", "-c", String(cpu), ...all];
  const out = openSync(log, "a");
  const spawnedAt = performance.now();
  const child = spawn(file, rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", out, out, withMemory ? "pipe" : "ignore"],
  });
  closeSync(out);
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  }).then(() => void running.delete(child));
  const isRunning = () => running.has(child) && child.exitCode === null && child.signalCode === null;
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };

  const deadline = spawnedAt + START_MS;
  while (!(await isReady(contestant, port))) {
    if (!isRunning() || performance.now() > deadline) {
      await kill();
      throw new Error(`${contestant.label} did not start; see ${log}.`);
    }
    await pause(LOOK_MS);
  }
  const probe = child.stdio[3] as Duplex | null | undefined;
  const answers = probe && createInterface(probe);
  return {
    port,
    pid: child.pid ?? -1,
    readyMs: performance.now() - spawnedAt,
    async memory() {
      if (!probe || !answers) throw new Error("This server has no probe in it.");
      const answer = once(answers, "line");
      probe.write("?");
      const [line] = await answer;
      return JSON.parse(String(line)) as Memory;
    },
    kill,
    async stop() {
      if (!isRunning()) return;
      child.kill();
      await Promise.race([ended, pause(STOP_MS, undefined, { ref: false })]);
      if (isRunning()) await kill();
    },
  };
}
