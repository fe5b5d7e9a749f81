import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, isIPv6 } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { turnserverIn } from "../bin/lib/find-tools.mjs";

const READY_MS = 10_000;
/** A Binding request (RFC 8489 section 6): type, length, magic cookie, transaction. */
const BINDING_REQUEST = Buffer.from(`0001 0000 2112a442 ${"07".repeat(12)}`.replaceAll(" ", ""), "hex");

/** @type {typeof import("./coturn.d.mts").runCoturn} */
export async function runCoturn({ args, prefix = [], isReady }) {
  const program = turnserverIn(process.env);
  if (program === undefined)
    throw new Error("This test needs a TURN server; install it with: apt-get install coturn");
  const folder = mkdtempSync(join(tmpdir(), "coturn-"));
  const files = [`--pidfile=${join(folder, "pid")}`, `--userdb=${join(folder, "db")}`];
  const [command, ...rest] = /** @type {[string, ...string[]]} */ ([...prefix, program, ...args, ...files]);
  const child = spawn(command, rest, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
    });
  const ended = new Promise((resolve) => {
    child.once("exit", resolve);
    child.once("error", (error) => {
      output += error.message;
      resolve(undefined);
    });
  });
  const isOver = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

  const coturn = {
    output: () => output,
    /** @param {NodeJS.Signals} signal */
    async stop(signal = "SIGKILL") {
      if (!isOver()) child.kill(signal);
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const deadline = Date.now() + READY_MS;
  try {
    while (!(await isReady())) {
      if (isOver() || Date.now() > deadline) throw new Error(`coturn did not start:\n${output}`);
      await pause(20);
    }
  } catch (error) {
    await coturn.stop();
    throw error;
  }
  return coturn;
}

/** @type {typeof import("./coturn.d.mts").startCoturn} */
export async function startCoturn(options = {}) {
  const {
    listen = ["127.0.0.1"],
    relay = ["127.0.0.1"],
    tls,
    secret,
    configuration,
    loopbackPeers = true,
  } = options;
  const port = options.port ?? (await freePort());
  const tlsPort = await freePort();
  const own = [
    ...["-n", "--use-auth-secret", "--realm=test", "--fingerprint", "--no-cli", "--no-dtls"],
    ...["--min-port=52000", "--max-port=52999", "--log-file=stdout", "--simple-log", "--verbose"],
    ...[...(loopbackPeers ? ["--allow-loopback-peers"] : []), ...(tls ? [] : ["--no-tls"])],
  ];
  const running = await runCoturn({
    args: [
      ...(configuration === undefined ? own : ["-c", configuration]),
      ...listen.map((address) => `--listening-ip=${address}`),
      ...relay.map((address) => `--relay-ip=${address}`),
      `--listening-port=${port}`,
      ...(secret === undefined ? [] : [`--static-auth-secret=${secret}`]),
      ...(tls ? [`--tls-listening-port=${tlsPort}`, `--cert=${tls.cert}`, `--pkey=${tls.key}`] : []),
      ...(options.args ?? []),
    ],
    async isReady() {
      // It opens its UDP sockets after the TCP ones, and those for TLS last of these.
      for (const address of listen)
        if (!((await acceptsTcp(tls ? tlsPort : port, address)) && (await answersUdp(port, address))))
          return false;
      return true;
    },
  });
  return { ...running, port, tlsPort };
}

/**
 * @param {number} port
 * @param {string} address
 * @returns {Promise<boolean>}
 */
function acceptsTcp(port, address) {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/**
 * @param {number} port
 * @param {string} address
 */
async function answersUdp(port, address) {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  /** @type {Promise<boolean>} */
  const answer = new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.once("message", () => resolve(true));
    socket.send(BINDING_REQUEST, port, address, (error) => error && resolve(false));
  });
  const patience = new AbortController();
  try {
    return await Promise.race([answer, pause(200, false, { signal: patience.signal })]);
  } finally {
    patience.abort();
    socket.close();
  }
}

/** @type {typeof import("./coturn.d.mts").freePort} */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
