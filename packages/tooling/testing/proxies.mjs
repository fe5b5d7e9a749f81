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
 * What the test puts around and into each shipped example: ports, paths and the certificate, nothing else.
 *
 * @type {Record<"nginx" | "caddy", (options: import("./proxies.d.mts").ProxyOptions, folder: string) => { args: readonly string[], text: string, file: string }>}
 */
const KINDS = {
  nginx(options, folder) {
    const example = changed(readFileSync(join(ROOT, "deploy/nginx/serendip.conf"), "utf8"), [
      ["listen 80;", `listen 127.0.0.1:${options.plainPort};`],
      ["listen [::]:80;", `listen [::1]:${options.plainPort};`],
      ["listen 443 ssl;", `listen 127.0.0.1:${options.port} ssl;`],
      ["listen [::]:443 ssl;", `listen [::1]:${options.port} ssl;`],
      ["/etc/ssl/chat.pem", options.cert],
      ["/etc/ssl/chat.key", options.key],
      ["/var/www/serendip", options.root],
      ["/var/log/nginx/serendip-error.log", "stderr"],
      ["/var/log/nginx/serendip.log", join(folder, "access.log")],
      ["http://127.0.0.1:3001", `http://127.0.0.1:${options.upstreamPort}`],
      ["chat.example.org", "localhost"],
    ]);
    const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const temporary = places.map((name) => `${name}_temp_path ${join(folder, name)};`).join(" ");
    const types = "types { text/html html; text/javascript js; application/json json; }";
    const around = `daemon off; worker_processes 1; pid ${join(folder, "pid")}; error_log stderr warn;`;
    const user = process.getuid?.() === 0 ? "user root;" : "";
    const text = `${user} ${around}\nevents {}\nhttp { ${types} ${temporary}\n${example}\n}\n`;
    const file = join(folder, "nginx.conf");
    return { args: ["-p", folder, "-c", file], text, file };
  },

  caddy(options, folder) {
    const text = changed(readFileSync(join(ROOT, "deploy/caddy/Caddyfile"), "utf8"), [
      [
        "\tservers {",
        `\tadmin off\n\tstorage file_system ${folder}\n\thttp_port ${options.plainPort}\n\thttps_port ${options.port}\n\tservers {`,
      ],
      ["chat.example.org {", `localhost {\n\ttls ${options.cert} ${options.key}`],
      ["/var/www/serendip", options.root],
      ["127.0.0.1:3001", `127.0.0.1:${options.upstreamPort}`],
    ]);
    const file = join(folder, "Caddyfile");
    return { args: ["run", "--adapter", "caddyfile", "--config", file], text, file };
  },
};

/** @type {typeof import("./proxies.d.mts").startProxy} */
export async function startProxy(kind, options) {
  const program = toolIn(kind, process.env);
  if (program === undefined)
    throw new Error(`This test needs ${kind}; install it with: apt-get install ${kind}`);
  const folder = mkdtempSync(join(tmpdir(), `${kind}-`));
  const { args, text, file } = KINDS[kind](options, folder);
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
    accessLog: () => (kind === "nginx" ? readFileSync(join(folder, "access.log"), "utf8") : ""),
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
