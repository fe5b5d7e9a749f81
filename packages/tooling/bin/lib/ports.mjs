import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { Fault } from "./say.mjs";

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<{ port: number } | { code: string }>}
 */
function tryPort(port, host) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", (/** @type {NodeJS.ErrnoException} */ error) => done({ code: error.code ?? "" }));
    probe.listen({ port, host }, () => {
      const address = probe.address();
      const got = typeof address === "object" && address ? address.port : port;
      probe.close(() => done({ port: got }));
    });
  });
}

/** @returns {Promise<number>} a port that was free a moment ago */
export async function freePort() {
  const got = await tryPort(0, "127.0.0.1");
  if ("port" in got) return got.port;
  throw new Fault(`No free port: ${got.code}`);
}

/**
 * The process that listens on `port`, in words; undefined where the system does not tell.
 *
 * @param {number} port
 */
function holderOf(port) {
  try {
    return process.platform === "linux" ? holderOnLinux(port) : holderByLsof(port);
  } catch {
    return undefined;
  }
}

/** @param {number} port */
function holderOnLinux(port) {
  const LISTEN = "0A";
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    readFileSync(table, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((row) => row[1]?.endsWith(`:${hexPort}`) && row[3] === LISTEN)
      .map((row) => `socket:[${row[9]}]`),
  );
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      if (!files.some((file) => inodes.includes(file))) continue;
      const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      return `process ${pid} (${command.slice(0, 100)})`;
    } catch {
      // It ended while we looked, or belongs to somebody else.
    }
  }
  return undefined;
}

/** @param {number} port */
function holderByLsof(port) {
  const output = execFileSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 3_000,
  });
  const field = (/** @type {string} */ tag) =>
    output
      .split("\n")
      .find((line) => line.startsWith(tag))
      ?.slice(1);
  return `process ${field("p")} (${field("c")})`;
}

/**
 * @param {{ port: number, host: string, name: string, variable: string }} wanted
 * @throws {Fault} when somebody else listens on the port, or this user may not.
 */
export async function requireFree({ port, host, name, variable }) {
  // Another program may hold the port on only one of the addresses that "localhost" means.
  for (const address of new Set([host, "127.0.0.1", "::1", "::"])) {
    const result = await tryPort(port, address);
    if ("port" in result) continue;
    const other = `Choose another one with ${variable}, for example: ${variable}=${port < 1024 ? port + 8_000 : port + 10} npm start`;
    if (result.code === "EADDRINUSE") {
      const holder = holderOf(port) ?? "another program, perhaps a Serendip that is still running";
      throw new Fault(`Port ${port}, which the ${name} needs, is taken by ${holder}.\n${other}`);
    }
    if (result.code === "EACCES") {
      const why = port < 1024 ? ": ports below 1024 need a right that it does not have" : "";
      throw new Fault(`Port ${port} for the ${name} is not allowed to this user${why}.\n${other}`);
    }
  }
}
