import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { Fault } from "./say.mjs";

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
  const example = readFileSync(join(ROOT, ".env.example"), "utf8");
  const names = [...example.matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name = ""]) => name);
  return Object.fromEntries(names.filter((name) => name !== "NODE_ENV").map((name) => [name, ""]));
}

/**
 * Reads the root `.env` where there is one. What the environment already holds wins.
 *
 * @throws {Fault} when it is there and cannot be read
 */
export function loadDotEnv(file = join(ROOT, ".env")) {
  if (!existsSync(file)) return;
  try {
    // Some editors begin a file with a byte order mark, which would become part of the first name.
    const settings = parseEnv(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
    for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
  } catch (error) {
    throw new Fault(`The file ${file} cannot be read: ${error}`);
  }
}
