import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installFromDistribution, mayInstall, reasonOf } from "./distribution.mjs";
import { ROOT } from "./environment.mjs";
import { missingPackages } from "./find-tools.mjs";
import { run } from "./run.mjs";
import { Fault, say } from "./say.mjs";

const ON_PATH = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Where installers put a Chromium that is not on the PATH. */
const USUAL_PLACES = {
  darwin: ["Google Chrome", "Chromium"].flatMap((name) =>
    ["/Applications", join(homedir(), "Applications")].map(
      (at) => `${at}/${name}.app/Contents/MacOS/${name}`,
    ),
  ),
  win32: [process.env["PROGRAMFILES"], process.env["PROGRAMFILES(X86)"], process.env["LOCALAPPDATA"]]
    .filter((at) => at !== undefined)
    .map((at) => join(at, "Google/Chrome/Application/chrome.exe")),
  linux: ON_PATH.map((name) => `/usr/bin/${name}`),
};

// Playwright tries a download several times; without a network each try would wait this long.
const DOWNLOAD_CONNECT_MS = 5_000;
// It reports every tenth of the download.
const DOWNLOAD_SILENCE_MS = 120_000;

/**
 * The version of a browser that really starts, or why it does not.
 *
 * @param {string} path
 * @returns {Promise<{ version: string } | { fault: string }>}
 */
async function launch(path) {
  const { code, output } = await run(path, ["--version"], { output: "keep", silenceLimitMs: 20_000 });
  const version = output.split("\n").find((line) => /chrom/i.test(line) && /\d+\.\d+/.test(line));
  if (code === 0 && version) return { version: version.trim() };
  return { fault: output.trim().split("\n").at(-1) || `it ended with code ${code}` };
}

/** @param {NodeJS.ProcessEnv} env */
function systemPlaces(env) {
  const platform = /** @type {keyof typeof USUAL_PLACES} */ (process.platform);
  const onPath = (env["PATH"] ?? "").split(":").flatMap((at) => ON_PATH.map((name) => join(at, name)));
  return [...(USUAL_PLACES[platform] ?? []), ...(process.platform === "win32" ? [] : onPath)];
}

/** Where Playwright keeps its own Chromium, whether it is there or not. */
async function playwrightPlace() {
  const from = createRequire(join(ROOT, "e2e/package.json"));
  const { chromium } = await import(pathToFileURL(from.resolve("@playwright/test")).href).then(
    (m) => m.default,
  );
  return /** @type {string} */ (chromium.executablePath());
}

/** @param {NodeJS.ProcessEnv} env */
async function downloadWithPlaywright(env) {
  say("No browser for the tests yet: trying Playwright's own download …");
  return run("pnpm", ["--filter", "e2e", "exec", "playwright", "install", "--no-shell", "chromium"], {
    cwd: ROOT,
    env: { ...env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: String(DOWNLOAD_CONNECT_MS) },
    output: "keep",
    silenceLimitMs: DOWNLOAD_SILENCE_MS,
  });
}

/**
 * A Chromium for the tests, by its path: CHROMIUM_PATH, else the system's, else Playwright's own (downloaded when
 * missing), else the distribution's package where this user may install one. Says which one it took.
 *
 * @param {NodeJS.ProcessEnv} env as `installPackages` returns it
 * @returns {Promise<string>}
 * @throws {Fault} naming the command that mends it
 */
export async function findBrowser(env) {
  const take = (/** @type {string} */ path, /** @type {string} */ from, /** @type {string} */ version) => {
    say(`Browser for the tests: ${version}, ${path} (${from})`);
    return path;
  };
  const asked = env["CHROMIUM_PATH"];
  if (asked) {
    const answer = await launch(asked);
    if ("version" in answer) return take(asked, "CHROMIUM_PATH", answer.version);
    throw new Fault(
      `CHROMIUM_PATH=${asked} does not start: ${answer.fault}\nPoint it to a Chromium, or unset it.`,
    );
  }
  const firstThatStarts = async (/** @type {readonly string[]} */ places) => {
    for (const path of new Set(places)) {
      const answer = existsSync(path) ? await launch(path) : undefined;
      if (answer && "version" in answer) return { path, version: answer.version };
      if (answer) say(`${path} does not start: ${answer.fault}`);
    }
    return undefined;
  };
  const system = await firstThatStarts(systemPlaces(env));
  if (system) return take(system.path, "the system's", system.version);

  const own = await playwrightPlace();
  const faults = [];
  if (!existsSync(own)) faults.push(reasonOf(await downloadWithPlaywright(env)));
  const downloaded = await firstThatStarts([own]);
  if (downloaded) return take(downloaded.path, "Playwright's", downloaded.version);

  if (mayInstall()) {
    say("No browser for the tests yet: installing the distribution's chromium …");
    // Together with what else is missing: one installation is faster than two.
    faults.push(reasonOf(await installFromDistribution(["chromium", ...missingPackages(env)], env)));
    const installed = await firstThatStarts(systemPlaces(env));
    if (installed) return take(installed.path, "the distribution's", installed.version);
  }
  throw new Fault(
    "The tests need Chromium, and none could be found or fetched. One of these mends it:\n" +
      "  sudo apt-get install chromium                    (Debian, Ubuntu)\n" +
      "  cd e2e && npx playwright install --with-deps chromium\n" +
      "  CHROMIUM_PATH=/path/to/chromium npm test         (one that you have)\n" +
      faults.filter(Boolean).join("\n"),
  );
}
