import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installFromDistribution, mayInstall, reasonOf } from "./distribution.mjs";
import { ROOT } from "./environment.mjs";
import { missingFirefox } from "./find-firefox.mjs";
import { missingPackages } from "./find-tools.mjs";
import { run } from "./run.mjs";
import { Fault, say } from "./say.mjs";
import { askedFor, firstThatStarts, take } from "./start-browser.mjs";

const CHROMIUM = { name: "Chromium", variable: "CHROMIUM_PATH", says: /chrom/i };
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
  const asked = await askedFor(CHROMIUM, env);
  if (asked) return take(asked, CHROMIUM.variable);
  const system = await firstThatStarts(CHROMIUM, systemPlaces(env));
  if (system) return take(system, "the system's");

  const own = await playwrightPlace();
  const faults = [];
  if (!existsSync(own)) faults.push(reasonOf(await downloadWithPlaywright(env)));
  const downloaded = await firstThatStarts(CHROMIUM, [own]);
  if (downloaded) return take(downloaded, "Playwright's");

  if (mayInstall()) {
    say("No browser for the tests yet: installing the distribution's chromium …");
    // Together with what else is missing: one installation is faster than two.
    const packages = ["chromium", ...missingFirefox(env), ...missingPackages(env)];
    faults.push(reasonOf(await installFromDistribution(packages, env)));
    const installed = await firstThatStarts(CHROMIUM, systemPlaces(env));
    if (installed) return take(installed, "the distribution's");
  }
  throw new Fault(
    "The tests need Chromium, and none could be found or fetched. One of these mends it:\n" +
      "  sudo apt-get install chromium                    (Debian, Ubuntu)\n" +
      "  cd e2e && npx playwright install --with-deps chromium\n" +
      "  CHROMIUM_PATH=/path/to/chromium npm test         (one that you have)\n" +
      faults.filter(Boolean).join("\n"),
  );
}
