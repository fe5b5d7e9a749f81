import { join } from "node:path";
import { ROOT } from "./environment.mjs";
import { findBrowser } from "./find-browser.mjs";
import { installPackages } from "./packages.mjs";
import { run } from "./run.mjs";

/** @type {Readonly<Record<string, readonly [string, ...string[]]>>} */
export const TOOLS = {
  lint: ["biome", "check", "."],
  format: ["biome", "check", "--write", "."],
  typecheck: ["turbo", "run", "typecheck", "--continue", "--output-logs=errors-only"],
  "dead code": ["knip"],
  unit: ["vitest", "run"],
  build: ["turbo", "run", "build", "--output-logs=errors-only"],
  e2e: ["pnpm", "--filter", "e2e", "e2e"],
};

/**
 * @param {string} name
 * @param {{ env: NodeJS.ProcessEnv, more?: readonly string[] }} options
 * @returns {Promise<number>} the exit code
 */
export async function runTool(name, { env, more = [] }) {
  const [command, ...args] = /** @type {[string, ...string[]]} */ (TOOLS[name]);
  return (await run(command, [...args, ...more], { cwd: ROOT, env })).code;
}

/**
 * @param {string} name
 * @param {readonly string[]} more what the person typed after the command
 * @returns {Promise<number>} the exit code
 */
export async function runTask(name, more) {
  // The postinstall script: pnpm is already at it, while npm has to hand over.
  if (name === "install" && process.env["npm_config_user_agent"]?.startsWith("pnpm/")) return 0;
  const env = await installPackages();
  if (name === "install") return 0;
  if (name === "unit" || name === "e2e") env["CHROMIUM_PATH"] = await findBrowser(env);
  if (name === "e2e") {
    const built = await runTool("build", { env });
    if (built !== 0) return built;
    env["PLAYWRIGHT_JSON_OUTPUT_NAME"] ??= join(ROOT, "e2e/test-results/report.json");
  }
  return runTool(name, { env, more });
}
