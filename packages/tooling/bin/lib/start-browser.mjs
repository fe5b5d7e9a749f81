import { existsSync } from "node:fs";
import { run } from "./run.mjs";
import { Fault, say } from "./say.mjs";

/**
 * A browser of one kind, and how it is known.
 *
 * @typedef {object} BrowserKind
 * @property {string} name as people say it
 * @property {string} variable of the environment, that says where it is
 * @property {RegExp} says what its `--version` says
 */

/** @typedef {{ path: string, version: string }} Started */

/**
 * The version of a browser that really starts, or why it does not.
 *
 * @param {string} path
 * @param {BrowserKind} kind
 * @returns {Promise<{ version: string } | { fault: string }>}
 */
async function launch(path, { says }) {
  const { code, output } = await run(path, ["--version"], { output: "keep", silenceLimitMs: 20_000 });
  const version = output.split("\n").find((line) => says.test(line) && /\d+\.\d+/.test(line));
  if (code === 0 && version) return { version: version.trim() };
  return { fault: output.trim().split("\n").at(-1) || `it ended with code ${code}` };
}

/**
 * The browser that the environment names; undefined where it names none.
 *
 * @param {BrowserKind} kind
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Started | undefined>}
 * @throws {Fault} where it does not start: another one is not what was asked for
 */
export async function askedFor(kind, env) {
  const path = env[kind.variable];
  if (!path) return undefined;
  const answer = await launch(path, kind);
  if ("version" in answer) return { path, version: answer.version };
  throw new Fault(
    `${kind.variable}=${path} does not start: ${answer.fault}\nPoint it to a ${kind.name}, or unset it.`,
  );
}

/**
 * @param {BrowserKind} kind
 * @param {readonly string[]} places
 * @returns {Promise<Started | undefined>}
 */
export async function firstThatStarts(kind, places) {
  for (const path of new Set(places)) {
    const answer = existsSync(path) ? await launch(path, kind) : undefined;
    if (answer && "version" in answer) return { path, version: answer.version };
    if (answer) say(`${path} does not start: ${answer.fault}`);
  }
  return undefined;
}

/**
 * Says which one is taken, and hands its path on.
 *
 * @param {Started} started
 * @param {string} from where it was found
 */
export function take({ path, version }, from) {
  say(`Browser for the tests: ${version}, ${path} (${from})`);
  return path;
}
