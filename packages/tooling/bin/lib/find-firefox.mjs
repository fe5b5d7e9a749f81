import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { installFromDistribution, mayInstall, reasonOf } from "./distribution.mjs";
import { Fault, say } from "./say.mjs";
import { askedFor, firstThatStarts, take } from "./start-browser.mjs";

const FIREFOX = { name: "Firefox", variable: "FIREFOX_PATH", says: /firefox/i };
const PACKAGE = "firefox-esr";
const ON_PATH = ["firefox-esr", "firefox"];

/** Where installers put a Firefox that is not on the PATH. */
const USUAL_PLACES = {
  darwin: ["/Applications", join(homedir(), "Applications")].map(
    (at) => `${at}/Firefox.app/Contents/MacOS/firefox`,
  ),
  win32: [process.env["PROGRAMFILES"], process.env["PROGRAMFILES(X86)"]]
    .filter((at) => at !== undefined)
    .map((at) => join(at, "Mozilla Firefox/firefox.exe")),
  linux: ON_PATH.map((name) => `/usr/bin/${name}`),
};

/** @param {NodeJS.ProcessEnv} env */
function places(env) {
  const platform = /** @type {keyof typeof USUAL_PLACES} */ (process.platform);
  const onPath = (env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((at) => ON_PATH.map((name) => join(at, process.platform === "win32" ? `${name}.exe` : name)));
  return [...(USUAL_PLACES[platform] ?? []), ...onPath];
}

/**
 * The distribution's package that brings a Firefox, where there is none yet.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {readonly string[]}
 */
export const missingFirefox = (env) =>
  env[FIREFOX.variable] || places(env).some((path) => existsSync(path)) ? [] : [PACKAGE];

/**
 * A Firefox for the tests, by its path: FIREFOX_PATH, else the system's, else the distribution's package where this user may
 * install one. Says which one it took.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>}
 * @throws {Fault} naming the command that mends it
 */
export async function findFirefox(env) {
  const asked = await askedFor(FIREFOX, env);
  if (asked) return take(asked, FIREFOX.variable);
  const system = await firstThatStarts(FIREFOX, places(env));
  if (system) return take(system, "the system's");
  let fault = "";
  if (mayInstall()) {
    say(`No Firefox for the tests yet: installing the distribution's ${PACKAGE} …`);
    fault = reasonOf(await installFromDistribution([PACKAGE], env));
    const installed = await firstThatStarts(FIREFOX, places(env));
    if (installed) return take(installed, "the distribution's");
  }
  throw new Fault(
    `The tests need Firefox, and none could be found or installed. One of these mends it:\n` +
      `  sudo apt-get install ${PACKAGE}                 (Debian)\n` +
      `  brew install --cask firefox                      (macOS)\n` +
      `  FIREFOX_PATH=/path/to/firefox npm test           (one that you have)\n${fault}`.trimEnd(),
  );
}
