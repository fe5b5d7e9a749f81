import { spawn } from "node:child_process";

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {"show" | "keep"} [output] `keep`: returned instead of shown
 * @property {number} [silenceLimitMs] ends a command that prints nothing for this long (only with `keep`)
 */

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/** Ends every command that is running. */
export function endRunning() {
  for (const child of running) child.kill();
}

/**
 * Runs a command to its end. It never rejects: a command that cannot be started ends with code 127.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}
 */
export function run(command, args, options = {}) {
  const { cwd, env, output = "show", silenceLimitMs } = options;
  const stream = output === "keep" ? "pipe" : "inherit";
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ["ignore", stream, stream],
      // npx and pnpm are .cmd files on Windows, which only a shell can start.
      shell: process.platform === "win32" && !/[\\/]/.test(command),
    });
    running.add(child);
    let text = "";
    /** @param {number} code */
    const finish = (code) => {
      clearTimeout(limit);
      running.delete(child);
      done({ code, output: text });
    };
    // What the command started itself may hold its streams open, so nobody waits for them.
    const silent = () => {
      child.kill();
      child.stdout?.destroy();
      child.stderr?.destroy();
      text += `No sign of life for ${silenceLimitMs} ms.\n`;
      finish(124);
    };
    const limit = silenceLimitMs === undefined ? undefined : setTimeout(silent, silenceLimitMs);
    const take = (/** @type {Buffer} */ chunk) => {
      text += chunk;
      limit?.refresh();
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.once("error", (error) => {
      text += `${error.message}\n`;
      finish(127);
    });
    child.once("close", (code) => finish(code ?? 1));
  });
}
