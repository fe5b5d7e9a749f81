import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ROOT } from "../bin/lib/environment.mjs";
import { toolIn } from "../bin/lib/find-tools.mjs";

const READY_MS = 10_000;

/**
 * Takes each text for another one.
 *
 * @param {string} text
 * @param {readonly (readonly [string, string])[]} changes
 */
function changed(text, changes) {
  let result = text;
  for (const [from, to] of changes) {
    if (!result.includes(from)) throw new Error(`The example no longer says "${from}"`);
    result = result.replaceAll(from, to);
  }
  return result;
}

/**
 * @typedef {import("./proxies.d.mts").ProxyOptions} Options
 * @typedef {{ args: readonly string[], text: string, file: string }} Started
 */

/**
 * What the test puts around and into an example for nginx: ports, paths and the certificate, nothing else.
 *
 * @param {Options} options
 * @param {{ folder: string, example: string, page: readonly (readonly [string, string])[], host: string }} which
 * @returns {Started}
 */
function nginx(options, { folder, example, page, host }) {
  const [name] = host.split(".");
  const text = changed(readFileSync(join(ROOT, "deploy/nginx", example), "utf8"), [
    ["listen 80;", `listen 127.0.0.1:${options.plainPort};`],
    ["listen [::]:80;", `listen [::1]:${options.plainPort};`],
    ["listen 443 ssl;", `listen 127.0.0.1:${options.port} ssl;`],
    ["listen [::]:443 ssl;", `listen [::1]:${options.port} ssl;`],
    [`/etc/ssl/${name}.pem`, options.cert],
    [`/etc/ssl/${name}.key`, options.key],
    ...page,
    ["/var/log/nginx/serendip-error.log", "stderr"],
    ["/var/log/nginx/serendip.log", join(folder, "access.log")],
    ["http://127.0.0.1:3001", `http://127.0.0.1:${options.upstreamPort}`],
    [host, "localhost"],
  ]);
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = places.map((one) => `${one}_temp_path ${join(folder, one)};`).join(" ");
  const types = "types { text/html html; text/javascript js; application/json json; }";
  const around = `daemon off; worker_processes 1; pid ${join(folder, "pid")}; error_log stderr warn;`;
  const user = process.getuid?.() === 0 ? "user root;" : "";
  const file = join(folder, "nginx.conf");
  return {
    args: ["-p", folder, "-c", file],
    text: `${user} ${around}\nevents {}\nhttp { ${types} ${temporary}\n${text}\n}\n`,
    file,
  };
}

/**
 * The same for an example for Caddy, whose sites get one certificate.
 *
 * @param {Options} options
 * @param {{ folder: string, example: string, sites: readonly (readonly [string, string])[] }} which
 * @returns {Started}
 */
function caddy(options, { folder, example, sites }) {
  const { plainPort, port, cert, key } = options;
  const text = changed(readFileSync(join(ROOT, "deploy/caddy", example), "utf8"), [
    [
      "\tservers {",
      `\tadmin off\n\tstorage file_system ${folder}\n\thttp_port ${plainPort}\n\thttps_port ${port}\n\tservers {`,
    ],
    ...sites.map(([from, to]) => /** @type {const} */ ([`${from} {`, `${to} {\n\ttls ${cert} ${key}`])),
    ["/var/www/serendip", options.root],
    ["127.0.0.1:3001", `127.0.0.1:${options.upstreamPort}`],
  ]);
  const file = join(folder, "Caddyfile");
  return { args: ["run", "--adapter", "caddyfile", "--config", file], text, file };
}

/** @type {Record<import("./proxies.d.mts").ProxyKind, { program: string, of: (options: Options, folder: string) => Started }>} */
const KINDS = {
  nginx: {
    program: "nginx",
    of: (options, folder) => {
      const page = /** @type {const} */ ([["/var/www/serendip", options.root]]);
      return nginx(options, { folder, example: "serendip.conf", page, host: "chat.example.org" });
    },
  },
  "nginx for signaling": {
    program: "nginx",
    of: (options, folder) =>
      nginx(options, { folder, example: "signaling.conf", page: [], host: "signal.example.org" }),
  },
  caddy: {
    program: "caddy",
    of: (options, folder) =>
      caddy(options, { folder, example: "Caddyfile", sites: [["chat.example.org", "localhost"]] }),
  },
  "caddy with two hosts": {
    program: "caddy",
    of: (options, folder) => {
      const sites = /** @type {const} */ ([
        ["signal.example.org", "localhost"],
        ["chat.example.org", "page.localhost"],
      ]);
      return caddy(options, { folder, example: "apart.Caddyfile", sites });
    },
  },
};

/** @type {typeof import("./proxies.d.mts").startProxy} */
export async function startProxy(kind, options) {
  const { program: name, of } = KINDS[kind];
  const program = toolIn(name, process.env);
  if (program === undefined)
    throw new Error(`This test needs ${name}; install it with: apt-get install ${name}`);
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const { args, text, file } = of(options, folder);
  writeFileSync(file, text);
  const env = { PATH: process.env["PATH"], HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
    });
  const ended = new Promise((resolve) => {
    child.once("close", resolve);
    child.once("error", resolve);
  });
  const isOver = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const proxy = {
    output: () => output,
    accessLog: () => (name === "nginx" ? readFileSync(join(folder, "access.log"), "utf8") : ""),
    async stop() {
      if (!isOver()) child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const deadline = Date.now() + READY_MS;
  while (!(await options.isReady())) {
    if (isOver() || Date.now() > deadline) {
      await proxy.stop();
      throw new Error(`${kind} did not start:\n${output}`);
    }
    await pause(20);
  }
  return proxy;
}
