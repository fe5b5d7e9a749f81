import { delimiter, join } from "node:path";
import { ROOT, rootPackage } from "./environment.mjs";
import { run } from "./run.mjs";
import { Fault, say } from "./say.mjs";

/**
 * What npm hands to its scripts describes npm's own run and would be read by pnpm as configuration; NODE_ENV=production
 * would leave out the build tools.
 */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(config_(?!registry|cache|userconfig|https?_proxy|noproxy)|package_|lifecycle_)/i.test(name),
  );
  const env = Object.fromEntries(kept);
  delete env["NODE_ENV"];
  return { ...env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: env["DO_NOT_TRACK"] ?? "1" };
}

/**
 * The PATH on which the pinned pnpm is found. npx fetches it once; afterwards this works without a network.
 *
 * @param {NodeJS.ProcessEnv} env
 */
async function pathWithPnpm(env) {
  const { packageManager } = rootPackage();
  const npx = [
    "--yes",
    "--prefer-offline",
    `--package=${packageManager}`,
    "--",
    "node",
    "-p",
    "process.env.PATH",
  ];
  const { code, output } = await run("npx", npx, { cwd: ROOT, env, output: "keep" });
  const path = output.trim().split("\n").at(-1) ?? "";
  if (code === 0 && path.includes("_npx")) return path;
  throw new Fault(
    `Could not get ${packageManager} with npx. Is the npm registry reachable (npm ping)?\n${indent(output)}`,
  );
}

/** @param {string} text */
const indent = (text) => text.trim().replace(/^/gm, "  ");

/**
 * Installs what the lockfile says (a tenth of a second when nothing is missing) and returns the environment in which
 * the installed tools, pnpm among them, are found.
 *
 * @returns {Promise<NodeJS.ProcessEnv>}
 * @throws {Fault}
 */
export async function installPackages() {
  const clean = cleanEnvironment();
  const env = { ...clean, PATH: await pathWithPnpm(clean) };
  const slow = setTimeout(() => say("Installing packages …"), 1500);
  // Without a terminal pnpm would refuse to replace a node_modules that npm made.
  const args = ["install", "--frozen-lockfile", "--config.confirm-modules-purge=false"];
  const { code, output } = await run("pnpm", args, { cwd: ROOT, env, output: "keep" });
  clearTimeout(slow);
  if (code !== 0)
    throw new Fault(`Installing the packages failed (pnpm ${args.join(" ")}):\n${indent(output)}`);
  return { ...env, PATH: `${join(ROOT, "node_modules/.bin")}${delimiter}${env.PATH}` };
}
