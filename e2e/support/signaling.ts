import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { SERVER_SETTINGS } from "signaling-server/config";
import { PATHS } from "./paths.ts";
import { until } from "./until.ts";

/** The real signaling server as a process of its own, which a test may stop, kill, freeze and start again. */
export interface Signaling {
  readonly url: string;
  readonly port: number;
  /** Everything it has logged, in order. */
  log(): string;
  start(): Promise<void>;
  /** SIGTERM; answers with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** `GET path` with the admin token. */
  ask<T>(path: string): Promise<T>;
}

/** An empty variable counts as unset and wins over a developer's `.env`, which must not decide the outcome of a test. */
const NOTHING_SET = Object.fromEntries(SERVER_SETTINGS.map(({ name }) => [name, ""]));

export const ADMIN_TOKEN = "e2e-admin-token-0123456789abcdef0123456789";

export const SESSION_SECRET = "e2e-secret-0123456789abcdef0123456789abcdef";

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

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** A machine other than this one, for the server to run on. */
interface Elsewhere {
  /** The words before a command that runs it there. */
  readonly prefix: readonly string[];
  /** Where this process reaches it. */
  readonly address: string;
}

/**
 * Prepares a server on a free port for pages of `origin`; `start` runs it with `env` in its environment
 * (`HOST`: the address it listens on). The secret stays the same over restarts.
 */
export async function signalingServer(
  origin: string,
  env: Record<string, string> = {},
  elsewhere?: Elsewhere,
): Promise<Signaling> {
  const port = await freePort();
  const url = `http://${elsewhere?.address ?? env["HOST"] ?? "127.0.0.1"}:${port}`;
  const command = [...(elsewhere?.prefix ?? []), process.execPath, PATHS.server];
  let child: ChildProcess | undefined;
  let output = "";
  // Every log of the run is looked through at its end.
  mkdirSync(PATHS.logs, { recursive: true });
  const file = join(PATHS.logs, `${process.pid}-${port}-${Date.now()}.log`);

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null)
      return ending?.exitCode ?? null;
    const exited = once(ending, "exit");
    ending.kill(signal);
    await exited;
    return ending.exitCode;
  };

  return {
    url,
    port,
    log: () => output,
    async start() {
      const [program = process.execPath, ...args] = command;
      child = spawn(program, args, {
        env: {
          ...NOTHING_SET,
          PATH: process.env["PATH"] ?? "",
          HOST: "127.0.0.1",
          PORT: String(port),
          ALLOWED_ORIGINS: origin,
          ADMIN_TOKEN,
          SESSION_SECRET,
          LOG_LEVEL: "info",
          ...env,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const started = child;
      const keep = (chunk: string) => {
        output += chunk;
        appendFileSync(file, chunk);
      };
      started.stdout?.setEncoding("utf8").on("data", keep);
      started.stderr?.setEncoding("utf8").on("data", keep);
      await until("the signaling server answers", 15_000, async () => {
        if (started.exitCode !== null) throw new Error(`the signaling server ended:\n${output}`);
        return answers(url);
      });
    },
    stop: () => end("SIGTERM"),
    kill: async () => {
      await end("SIGKILL");
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    async ask<T>(path: string) {
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return (await response.json()) as T;
    },
  };
}
