import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach } from "vitest";

export const SECRET = "coturn-of-the-tests";

export interface Coturn {
  readonly port: number;
  readonly tlsPort: number;
  /** What it wrote so far. */
  log(): string;
  kill(): Promise<void>;
}

export interface CoturnOptions {
  /** Any free one unless given. */
  readonly port?: number;
  /** Further lines of the command. */
  readonly args?: readonly string[];
  /** Without it, it relays to nobody on this machine, itself included. */
  readonly loopbackPeers?: boolean;
  readonly tls?: { readonly cert: string; readonly key: string };
}

const running = new Set<Coturn>();
afterEach(async () => {
  await Promise.all([...running].map((coturn) => coturn.kill()));
});

function findTurnserver(): string {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/local/bin", "/usr/bin"];
  for (const folder of folders)
    try {
      accessSync(join(folder, "turnserver"), constants.X_OK);
      return join(folder, "turnserver");
    } catch {
      // Somewhere else, then.
    }
  throw new Error("This test needs a TURN server; install it with: apt-get install coturn");
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function acceptsTcp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

/** Whether a Binding request (RFC 8489) is answered; coturn opens its UDP sockets after the TCP ones. */
function answersUdp(port: number): Promise<boolean> {
  const request = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), Buffer.alloc(12, 7)]);
  const socket = createSocket("udp4");
  return new Promise<boolean>((resolve) => {
    socket.on("error", () => resolve(false));
    socket.on("message", () => resolve(true));
    socket.connect(port, "127.0.0.1", () => socket.send(request));
    setTimeout(() => resolve(false), 200);
  }).finally(() => socket.close());
}

async function untilReady(ports: { readonly tcp: number; readonly udp: number }, child: ChildProcess) {
  const deadline = Date.now() + 10_000;
  while (!((await acceptsTcp(ports.tcp)) && (await answersUdp(ports.udp)))) {
    if (child.exitCode !== null || Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

/** A coturn of its own on the loopback interface; it ends with the test. */
export async function startCoturn(options: CoturnOptions = {}): Promise<Coturn> {
  const { args = [], loopbackPeers = true, tls } = options;
  const program = findTurnserver();
  const port = options.port ?? (await freePort());
  const tlsPort = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "coturn-"));
  const child = spawn(
    program,
    [
      "-n",
      ...["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", `--listening-port=${port}`],
      ...["--no-cli", "--use-auth-secret", `--static-auth-secret=${SECRET}`, "--realm=test", "--fingerprint"],
      ...[
        "--no-dtls",
        "--min-port=52000",
        "--max-port=52999",
        "--log-file=stdout",
        "--simple-log",
        "--verbose",
      ],
      ...[`--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "db")}`],
      ...(loopbackPeers ? ["--allow-loopback-peers"] : []),
      ...(tls
        ? [`--tls-listening-port=${tlsPort}`, `--cert=${tls.cert}`, `--pkey=${tls.key}`]
        : ["--no-tls"]),
      ...args,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  const ended = once(child, "exit");
  const coturn: Coturn = {
    port,
    tlsPort,
    log: () => text,
    async kill() {
      child.kill("SIGKILL");
      await ended;
      running.delete(coturn);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  running.add(coturn);
  if (!(await untilReady({ tcp: tls ? tlsPort : port, udp: port }, child)))
    throw new Error(`coturn did not start:\n${text}`);
  return coturn;
}
