import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, vi } from "vitest";
import { NOTHING_SET } from "../nothing-set.ts";
import { ORIGIN, until } from "./page.ts";

const HERE = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = "src/main.ts";
const FROM_SOURCE = ["--import", "tsx", "--conditions=@serendip/source"];

export interface Running {
  readonly child: ChildProcess;
  /** What it has said so far on those of stdout and stderr that are pipes to here. */
  output(): string;
  /** Its log's lines among that. */
  lines(): readonly { readonly msg: string; readonly [field: string]: unknown }[];
  exited(): Promise<number | null>;
  /** The address it says it listens on. */
  url(): Promise<string>;
}

export interface ProcessOptions {
  readonly env?: Record<string, string>;
  /** What runs instead of the server, relative to the package. */
  readonly program?: string;
  /** What follows the program. */
  readonly args?: readonly string[];
  /** Options of Node. */
  readonly node?: readonly string[];
  readonly stdio?: StdioOptions;
  /** Another command, which runs the given one. */
  readonly around?: (words: readonly string[]) => readonly string[];
}

/** Real servers of a test file: none of them, and nothing they have kept, outlives its test. */
export function serverProcesses() {
  // A start alone may take 20 s on a busy machine.
  vi.setConfig({ testTimeout: 60_000 });
  const children: ChildProcess[] = [];
  let dataDir = "";
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "serendip-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0))
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    await rm(dataDir, { recursive: true, force: true });
  });

  function start(options: ProcessOptions = {}): Running {
    const { env = {}, program = MAIN, node = [], stdio = ["ignore", "pipe", "pipe"], around } = options;
    const words = [process.execPath, ...FROM_SOURCE, ...node, program, ...(options.args ?? [])];
    const [command = "", ...rest] = around?.(words) ?? words;
    const child = spawn(command, rest, {
      cwd: HERE,
      env: {
        ...NOTHING_SET,
        PATH: process.env["PATH"] ?? "",
        PORT: "0",
        DATA_DIR: dataDir,
        ALLOWED_ORIGINS: ORIGIN,
        ...env,
      },
      stdio,
    });
    children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    const exit = once(child, "exit");
    return {
      child,
      output: () => output,
      lines: () =>
        output
          .split("\n")
          .filter((line) => line.startsWith("{"))
          .map((line) => JSON.parse(line)),
      exited: async () => (await exit)[0],
      url: async () => {
        const address = () => /"url":"(https?:[^"]+)","msg":"Signaling server listens"/.exec(output)?.[1];
        await until(`the address, in: ${output}`, () => address() !== undefined, 20_000);
        return address() ?? "";
      },
    };
  }

  return {
    start,
    /** A directory that is this test's. */
    directory: () => dataDir,
  };
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Waits for a server that cannot say where it listens. */
export async function answering(port: number): Promise<{ readonly url: string }> {
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(`${url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
  await until(`${url} answers`, answers, 20_000);
  return { url };
}
