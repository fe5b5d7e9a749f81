import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { get as getOverTls } from "node:https";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { ROOT } from "./environment.mjs";
import { Fault } from "./say.mjs";

const GUARD = pathToFileURL(join(import.meta.dirname, "guard.mjs")).href;
const STOP_MS = 12_000;
const POLL_MS = 50;
const onWindows = process.platform === "win32";

/**
 * The arguments with which Node runs a package's script without pnpm and a shell in between, so that signals arrive.
 *
 * @param {string} folder
 * @param {string} script
 */
function nodeArguments(folder, script) {
  const manifest = join(ROOT, folder, "package.json");
  const [tool = "", ...args] = JSON.parse(readFileSync(manifest, "utf8")).scripts[script].split(" ");
  if (tool === "node") return args;
  const toolManifest = createRequire(manifest).resolve(`${tool}/package.json`);
  const { bin } = JSON.parse(readFileSync(toolManifest, "utf8"));
  return [join(dirname(toolManifest), typeof bin === "string" ? bin : bin[tool]), ...args];
}

/** @typedef {{ code: number, how: string }} End */
/** @typedef {{ name: string, ended: Promise<End>, stop: () => Promise<boolean> }} Part */

/**
 * Runs a package's script as a process group of its own, which the terminal's Ctrl-C does not reach: this command
 * stops it in an orderly way.
 *
 * @param {{ name: string, folder: string, script: string, env: NodeJS.ProcessEnv }} options
 * @returns {Part}
 */
export function startPart({ name, folder, script, env }) {
  const child = spawn(process.execPath, ["--import", GUARD, ...nodeArguments(folder, script)], {
    cwd: join(ROOT, folder),
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    detached: !onWindows,
  });
  /** @type {Promise<End>} */
  const ended = new Promise((done) => {
    child.once("exit", (code, signal) => done({ code: code ?? 1, how: signal ?? `exit code ${code}` }));
    child.once("error", (error) => done({ code: 127, how: error.message }));
  });
  const signal = (/** @type {NodeJS.Signals | 0} */ which) => {
    if (child.pid === undefined) return false;
    try {
      return process.kill(onWindows ? child.pid : -child.pid, which);
    } catch {
      return false;
    }
  };
  return {
    name,
    ended,
    /** Asks politely, then insists; false when it had to insist. Nothing of the group is left afterwards. */
    async stop() {
      signal("SIGTERM");
      const deadline = Date.now() + STOP_MS;
      while (signal(0)) {
        if (Date.now() > deadline) {
          signal("SIGKILL");
          await ended;
          return false;
        }
        await pause(POLL_MS);
      }
      return true;
    },
  };
}

/**
 * @param {string} url of a part on this machine, for which its certificate need not hold
 * @returns {Promise<boolean>}
 */
const answersWell = (url) =>
  new Promise((done) => {
    // What is no address is for the part itself to say.
    if (!URL.canParse(url)) return done(false);
    const signal = AbortSignal.timeout(2_000);
    const sent = url.startsWith("https:")
      ? getOverTls(url, { signal, rejectUnauthorized: false })
      : get(url, { signal });
    sent.once("error", () => done(false));
    sent.once("response", ({ statusCode = 0 }) => {
      done(statusCode >= 200 && statusCode < 300);
      sent.destroy();
    });
  });

/**
 * Waits until `url` answers with success.
 *
 * @param {string} url
 * @param {{ withinMs: number, given: () => boolean }} options `given`: whether waiting still makes sense
 */
export async function untilAnswers(url, { withinMs, given }) {
  const deadline = Date.now() + withinMs;
  while (given()) {
    if (await answersWell(url)) return;
    if (Date.now() > deadline) throw new Fault(`${url} does not answer.`);
    await pause(POLL_MS);
  }
}
