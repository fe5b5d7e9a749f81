import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { installFromDistribution, mayInstall, reasonOf } from "./distribution.mjs";
import { Fault, say } from "./say.mjs";

/**
 * @typedef {object} Tool
 * @property {string} name of the program
 * @property {string} package that brings it, in Debian
 * @property {string} [variable] of the environment, that says where it is
 * @property {boolean} [onLinux] only needed there
 * @property {boolean} [forNetworks] only needed where tests may make networks of their own
 */

/** @type {Tool} */
const TURNSERVER = { name: "turnserver", package: "coturn", variable: "TURNSERVER_PATH" };

/** @type {readonly Tool[]} */
const TOOLS = [
  TURNSERVER,
  { name: "nginx", package: "nginx-light" },
  { name: "caddy", package: "caddy" },
  { name: "systemd-analyze", package: "systemd", onLinux: true },
  { name: "promtool", package: "prometheus" },
  { name: "ip", package: "iproute2", forNetworks: true },
  { name: "iptables", package: "iptables", forNetworks: true },
  { name: "tcpdump", package: "tcpdump", forNetworks: true },
  { name: "openssl", package: "openssl", forNetworks: true },
];

/** Where programs are that an ordinary PATH may lack. */
const MORE_PLACES = ["/usr/sbin", "/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"];

/** Whether this user may make network namespaces at all. */
const mayMakeNetworks = () => process.platform === "linux" && process.getuid?.() === 0;

/** @param {NodeJS.ProcessEnv} env */
const neededTools = (env) =>
  TOOLS.filter(({ forNetworks, onLinux }) =>
    forNetworks ? mayMakeNetworks() : !onLinux || process.platform === "linux",
  ).map((tool) => ({
    ...tool,
    path: placeOf(tool, env),
  }));

/** @param {Tool} tool @param {NodeJS.ProcessEnv} env @returns {string | undefined} */
function placeOf({ name, variable }, env) {
  const asked = variable === undefined ? undefined : env[variable];
  if (asked) return asked;
  const folders = [...(env["PATH"] ?? "").split(delimiter), ...MORE_PLACES];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/**
 * Where the TURN server of the tests is; undefined where there is none.
 *
 * @param {NodeJS.ProcessEnv} env
 */
export const turnserverIn = (env) => placeOf(TURNSERVER, env);

/**
 * Where a program of the tests is; undefined where it is not.
 *
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 */
export function toolIn(name, env) {
  const tool = TOOLS.find((one) => one.name === name);
  return tool === undefined ? undefined : placeOf(tool, env);
}

/**
 * The distribution's packages that bring what the tests still lack.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {readonly string[]}
 */
export function missingPackages(env) {
  return neededTools(env).flatMap((tool) => (tool.path === undefined ? [tool.package] : []));
}

/**
 * The programs that the tests need besides a browser: a TURN server, the web servers of the examples, what checks the rules of Prometheus, and as root on Linux what makes networks. Each is
 * taken from its environment variable, else from the PATH, else from the distribution, where this user may install.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ TURNSERVER_PATH: string, PATH: string }>} for the environment of the tests
 * @throws {Fault} naming the command that mends it
 */
export async function findTools(env) {
  const asked = env["TURNSERVER_PATH"];
  if (asked && !existsSync(asked))
    throw new Fault(
      `TURNSERVER_PATH=${asked} does not exist.\nPoint it to coturn's turnserver, or unset it.`,
    );
  const lacking = missingPackages(env);
  let reason = "";
  if (lacking.length > 0 && mayInstall()) {
    say(`Not here yet for the tests: installing the distribution's ${lacking.join(", ")} …`);
    reason = reasonOf(await installFromDistribution(lacking, env));
  }
  const still = missingPackages(env);
  if (still.length > 0)
    throw new Fault(
      `The tests need ${still.join(", ")}, which could not be found or installed. One of these mends it:\n` +
        `  sudo apt-get install ${still.join(" ")}    (Debian, Ubuntu)\n` +
        `  brew install coturn nginx caddy prometheus    (macOS)\n` +
        `  TURNSERVER_PATH=/path/to/turnserver npm test\n${reason}`.trimEnd(),
    );
  const found = neededTools(env).flatMap(({ name, path }) => (path === undefined ? [] : [{ name, path }]));
  say(`Tools for the tests: ${found.map(({ path }) => path).join(", ")}`);
  if (!mayMakeNetworks())
    say(
      "NOT ROOT ON LINUX: the tests that make networks of their own (NAT lab, cut networks) will be SKIPPED.\n" +
        "All of them run with: sudo npm test",
    );
  const folders = [...(env["PATH"] ?? "").split(delimiter), ...found.map(({ path }) => dirname(path))];
  return {
    TURNSERVER_PATH: found.find(({ name }) => name === "turnserver")?.path ?? "",
    PATH: [...new Set(folders)].join(delimiter),
  };
}
