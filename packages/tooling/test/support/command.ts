import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { nothingSet } from "../../bin/lib/environment.mjs";
import { ROOT } from "../floors/source.ts";

export interface Command {
  readonly child: ChildProcess;
  output(): string;
  /** The exit code; undefined after a death by a signal. */
  ended(): Promise<number | undefined>;
}

/** Runs a root command in a process group of its own, as a terminal does. */
export function runCommand(name: string, env: Record<string, string>): Command {
  const child = spawn(process.execPath, [join(ROOT, "packages/tooling/bin/serendip.mjs"), name], {
    env: { ...nothingSet(), PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exit = once(child, "exit");
  return { child, output: () => output, ended: async () => (await exit)[0] ?? undefined };
}

/** Waits until `holds`; at the deadline it fails and says what did not come about. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 60_000) {
  const deadline = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(50);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const { port, close } = await takePort();
  await close();
  return port;
}

export async function takePort(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    close: async () => {
      server.close();
      await once(server, "close");
    },
  };
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const server = createServer();
    server.once("error", () => answer(false));
    server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
  });
}

/** Process ids of the children of `pid`. */
export function childrenOf(pid: number | undefined): readonly number[] {
  return execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([own]) => own ?? 0);
}
