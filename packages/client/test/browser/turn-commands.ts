import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type {} from "@vitest/browser-playwright";
import type { BrowserCommand } from "vitest/node";

/** A TURN server on this machine, and what opens it. */
export interface TurnOffer {
  readonly port: number;
  readonly username: string;
  readonly credential: string;
}

const SECRET = "secret-of-the-browser-tests";
let running: { readonly child: ChildProcess; readonly folder: string } | undefined;

function findTurnserver(): string {
  for (const folder of [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin"])
    try {
      accessSync(join(folder, "turnserver"), constants.X_OK);
      return join(folder, "turnserver");
    } catch {
      // Somewhere else, then.
    }
  throw new Error("This test needs a TURN server; install it with: apt-get install coturn");
}

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const connects = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

/** Starts coturn on the loopback interface; credentials are those of the TURN REST convention. */
const startTurn: BrowserCommand<[]> = async (): Promise<TurnOffer> => {
  const program = findTurnserver();
  const port = await unusedPort();
  const folder = mkdtempSync(join(tmpdir(), "client-coturn-"));
  const child = spawn(
    program,
    [
      "-n",
      ...["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", `--listening-port=${port}`],
      ...["--allow-loopback-peers", "--no-tls", "--no-dtls", "--no-cli", "--fingerprint"],
      ...["--use-auth-secret", `--static-auth-secret=${SECRET}`, "--realm=test"],
      ...["--min-port=54000", "--max-port=54999", "--log-file=stdout"],
      ...[`--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "db")}`],
    ],
    { stdio: "ignore" },
  );
  running = { child, folder };
  const until = Date.now() + 10_000;
  while (!(await connects(port))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error("coturn did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const username = `${Math.floor(Date.now() / 1_000) + 3_600}:browser-test`;
  return { port, username, credential: createHmac("sha1", SECRET).update(username).digest("base64") };
};

const stopTurn: BrowserCommand<[]> = async () => {
  if (!running) return;
  const { child, folder } = running;
  running = undefined;
  if (child.exitCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
};

/** A port on which nobody listens. */
const deadPort: BrowserCommand<[]> = () => unusedPort();

/** What tests may do about TURN servers from outside the page. */
export const turnCommands = { startTurn, stopTurn, deadPort };

declare module "vitest/browser" {
  interface BrowserCommands {
    startTurn(): Promise<TurnOffer>;
    stopTurn(): Promise<void>;
    deadPort(): Promise<number>;
  }
}
