import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nothingSet, ROOT } from "./environment.mjs";
import { findBrowser } from "./find-browser.mjs";
import { findFirefox } from "./find-firefox.mjs";
import { findTools } from "./find-tools.mjs";
import { installPackages } from "./packages.mjs";
import { run } from "./run.mjs";

/** @type {Readonly<Record<string, readonly [string, ...string[]]>>} */
export const TOOLS = {
  audit: ["pnpm", "audit"],
  lint: ["biome", "check", "."],
  format: ["biome", "check", "--write", "."],
  typecheck: ["turbo", "run", "typecheck", "--continue", "--output-logs=errors-only"],
  "dead code": ["knip"],
  unit: ["vitest", "run"],
  build: ["turbo", "run", "build", "--output-logs=errors-only"],
  // The server, and what a build of the page reads.
  "deploy server": [
    "turbo",
    "run",
    "build",
    "--filter=signaling-server",
    "--filter=web-client^...",
    "--output-logs=errors-only",
  ],
  // Takes the folder that the page is put into, so that two builds never meet in one.
  "deploy page": ["pnpm", "--filter", "web-client", "build", "--logLevel=warn"],
  // Every state of the page without a server, for the tests that look at it; no part of what is deployed.
  gallery: ["pnpm", "--filter", "web-client", "build:gallery"],
  e2e: ["pnpm", "--filter", "e2e", "e2e"],
  churn: ["pnpm", "--filter", "bench", "churn"],
  attacks: ["pnpm", "--filter", "bench", "attacks"],
  faults: ["pnpm", "--filter", "bench", "faults"],
  "relay-cost": ["pnpm", "--filter", "bench", "relay-cost"],
  burst: ["pnpm", "--filter", "bench", "burst"],
  bench: ["pnpm", "--filter", "bench", "bench"],
  screenshots: ["pnpm", "--filter", "e2e", "screenshots"],
  "record-stats": ["pnpm", "--filter", "e2e", "record-stats"],
};

/** Programs that load a built server without browsers. */
const BENCHES = new Set(["churn", "attacks", "faults", "relay-cost", "burst", "bench"]);

/**
 * Long forms of what `test` does briefly, each bounded.
 *
 * @type {Readonly<Record<string, { tool: string, env?: Readonly<Record<string, string>>, more?: readonly string[] }>>}
 */
const LONG = {
  churn: { tool: "churn" },
  histories: {
    tool: "unit",
    env: { FC_RUNS: "10000", CROWD_RUNS: "200" },
    more: ["--project", "signaling-server", "test/model", "test/service/relay", "test/crowds"],
  },
  screenshots: { tool: "screenshots" },
  repeat: { tool: "e2e", env: { MEETINGS: "30" }, more: ["match", "--grep", "in a row", "--trace", "off"] },
  soak: {
    tool: "e2e",
    env: { RELOADS: "100", KILLS: "20", WATCH_MS: "120000", RAPID_MS: "60000", HIDDEN_MS: "300000" },
    more: ["session-recovery", "duplicate-tab", "reconnect", "rapid", "background"],
  },
  cuts: {
    tool: "e2e",
    env: { CUT_ROUNDS: "1", SWITCHES: "20", RELAYED_MS: "300000" },
    more: ["call-recovery", "turn", "--trace", "off"],
  },
  speed: { tool: "e2e", env: { SPEED_TIMES: "20" }, more: ["speed", "--trace", "off"] },
  nexts: { tool: "e2e", env: { NEXTS: "500" }, more: ["nexts", "--trace", "off"] },
  natlab: { tool: "e2e", env: { NATLAB: "all" }, more: ["natlab", "--grep", "matrix", "--trace", "off"] },
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
 * @param {readonly string[]} typed what the person typed after the command
 * @returns {Promise<number>} the exit code
 */
export async function runTask(name, typed) {
  if (name === "install") {
    // As the postinstall script: pnpm is at it already, while npm hands over and what it installed is in the way.
    const agent = process.env["npm_config_user_agent"] ?? "";
    if (agent.startsWith("pnpm/")) return 0;
    const modules = join(ROOT, "node_modules");
    if (!existsSync(join(modules, ".modules.yaml"))) rmSync(modules, { recursive: true, force: true });
  }
  const env = await installPackages();
  if (name === "install") return 0;
  const { tool, env: figures = {}, more = [] } = LONG[name] ?? { tool: name };
  // What the person set counts more.
  for (const [key, value] of Object.entries(figures)) env[key] ??= value;
  const inBrowser = tool === "e2e" || tool === "screenshots" || tool === "record-stats";
  if (inBrowser || tool === "unit" || BENCHES.has(tool)) Object.assign(env, nothingSet());
  if (inBrowser || tool === "unit") env["CHROMIUM_PATH"] = await findBrowser(env);
  // The long forms have none of the tests in Firefox.
  if (name === "e2e" || name === "record-stats") env["FIREFOX_PATH"] = await findFirefox(env);
  if (tool === "e2e" || tool === "unit" || tool === "faults") Object.assign(env, await findTools(env));
  if (inBrowser || BENCHES.has(tool)) {
    const built = await runTool("build", { env });
    if (built !== 0) return built;
  }
  if (inBrowser) {
    env["PLAYWRIGHT_JSON_OUTPUT_NAME"] ??= join(ROOT, "e2e/test-results/report.json");
    const built = await runTool("gallery", { env });
    if (built !== 0) return built;
  }
  return runTool(tool, { env, more: [...more, ...typed] });
}
