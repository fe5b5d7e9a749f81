import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
// By its path, because a name is only found once the packages are installed.
import { readEnvFile, SETTING_NAMES } from "../../../settings-file/src/index.mjs";
import { Fault, say } from "./say.mjs";

/** As sysexits(3) has it: the configuration is wrong. */
export const EXIT_CONFIG = 78;

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL("../../../..", import.meta.url)).replace(/[\\/]$/, "");

/** @returns {{ packageManager: string, engines: { node: string } }} */
export function rootPackage() {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
}

/**
 * @param {string} version
 * @returns {[number, number]}
 */
function majorAndMinor(version) {
  const [major = 0, minor = 0] = version
    .replace(/^[^\d]*/, "")
    .split(".")
    .map(Number);
  return [major, minor];
}

/** @throws {Fault} when Node is older than the root package.json asks for. */
export function checkNode(running = process.versions.node, wanted = rootPackage().engines.node) {
  const [major, minor] = majorAndMinor(running);
  const [wantedMajor, wantedMinor] = majorAndMinor(wanted);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Fault(
    `Serendip needs Node.js ${wantedMajor}.${wantedMinor} or newer; this is ${running} (${process.execPath}).\n` +
      "Get a current one from https://nodejs.org or with your version manager, then run the command again.",
  );
}

/**
 * Every setting as an empty variable, which counts as unset and wins over the `.env` that somebody has: the outcome of a
 * test must not depend on it. NODE_ENV is no variable to be empty.
 *
 * @returns {Readonly<Record<string, string>>}
 */
export function nothingSet() {
  const names = [...SETTING_NAMES.server, ...SETTING_NAMES.web].filter((name) => name !== "NODE_ENV");
  return Object.fromEntries(names.map((name) => [name, ""]));
}

/**
 * Reads the root `.env` where there is one. What the environment already holds wins.
 *
 * @throws {Fault} with everything in it that cannot be used
 */
export function loadDotEnv(file = join(ROOT, ".env")) {
  const { settings, faults, notes } = readEnvFile(file, { halves: ["server", "web"] });
  if (faults.length > 0) {
    const listed = (/** @type {readonly string[]} */ sentences) =>
      sentences.map((one) => `\n  - ${one}`).join("");
    const beside = notes.length > 0 ? `\nThis may be the reason:${listed(notes)}` : "";
    const told = listed(faults.map(({ sentence }) => sentence));
    throw new Fault(`The configuration is wrong:${told}${beside}`, EXIT_CONFIG);
  }
  for (const note of notes) say(note);
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}
