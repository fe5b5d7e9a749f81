import { rmSync } from "node:fs";
import { join } from "node:path";
import { nothingSet, ROOT } from "./environment.mjs";
import { findBrowser } from "./find-browser.mjs";
import { findFirefox } from "./find-firefox.mjs";
import { findTools } from "./find-tools.mjs";
import { installPackages } from "./packages.mjs";
import { endRunning } from "./run.mjs";
import { Fault, say } from "./say.mjs";
import { watchForStop } from "./stop-request.mjs";
import { runTool } from "./tasks.mjs";
import { tallyPlaywright, tallyVitest } from "./test-report.mjs";

/** @typedef {import("./test-report.mjs").Tally} Tally */
/** @typedef {{ name: string, seconds: number, ok: boolean, tally: Tally | undefined }} StepResult */

const REPORTS = {
  unit: join(ROOT, "packages/tooling/test-results/unit.json"),
  e2e: join(ROOT, "e2e/test-results/report.json"),
};

/**
 * @typedef {object} Step
 * @property {string} name of the tool
 * @property {string} [needs] an earlier step
 * @property {Readonly<Record<string, string>>} [env] how much of it; what the person set counts more
 * @property {readonly string[]} [more] further arguments
 * @property {() => Tally | undefined} [tally]
 */

/** @type {readonly Step[]} */
const STEPS = [
  { name: "lint" },
  { name: "typecheck" },
  { name: "dead code" },
  { name: "build" },
  { name: "gallery", needs: "build" },
  {
    name: "unit",
    env: { FC_RUNS: "2000" },
    more: ["--reporter=default", "--reporter=json", `--outputFile.json=${REPORTS.unit}`],
    tally: () => tallyVitest(REPORTS.unit),
  },
  { name: "churn", needs: "build", env: { SESSIONS: "100", CHURN_MS: "5000" } },
  { name: "faults", needs: "build", env: { QUICK: "1" } },
  { name: "e2e", needs: "gallery", tally: () => tallyPlaywright(REPORTS.e2e) },
];

/**
 * @param {Step} step
 * @param {{ env: NodeJS.ProcessEnv, done: readonly StepResult[] }} options
 * @returns {Promise<StepResult>}
 */
async function runStep({ name, needs, env: figures = {}, more = [], tally }, { env, done }) {
  if (done.some((earlier) => earlier.name === needs && !earlier.ok)) {
    say(`\n── ${name}: not run, because ${needs} failed`);
    return { name, seconds: 0, ok: false, tally: undefined };
  }
  say(`\n── ${name}`);
  const start = performance.now();
  const code = await runTool(name, { env: { ...figures, ...env }, more });
  const counted = tally?.();
  const ok = code === 0 && (tally === undefined || (counted?.failed.length === 0 && counted.passed > 0));
  return { name, seconds: (performance.now() - start) / 1000, ok, tally: counted };
}

/**
 * How many tests failed. A failed step without a failed test of its own counts as one: a runner may crash between tests.
 *
 * @param {StepResult} step
 */
const failuresOf = ({ ok, tally }) => Math.max(tally?.failed.length ?? 0, ok ? 0 : 1);

/** @param {readonly StepResult[]} results @param {readonly string[]} browsers */
function summary(results, browsers) {
  const listed = (/** @type {string} */ head, /** @type {readonly string[]} */ titles) =>
    titles.length > 0 ? ["", head, ...titles.map((title) => `  - ${title}`)] : [];
  const rows = results.map(({ name, seconds, ok, tally }) => {
    const tests = tally ? `${tally.passed} passed, ${tally.failed.length} failed` : "";
    return `  ${ok ? "ok    " : "FAILED"}  ${name.padEnd(10)} ${seconds.toFixed(1).padStart(7)} s  ${tests}`.trimEnd();
  });
  const of = (/** @type {"failed" | "skipped"} */ key) => results.flatMap(({ tally }) => tally?.[key] ?? []);
  const passed = results.reduce((sum, { tally }) => sum + (tally?.passed ?? 0), 0);
  const failed = results.reduce((sum, step) => sum + failuresOf(step), 0);
  const skipped = of("skipped");
  const count = `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`;
  return {
    failed,
    lines: [
      "",
      ...rows,
      `  Browsers: ${browsers.join(", ")}`,
      ...listed("Failed:", of("failed")),
      ...listed("Skipped:", skipped),
      "",
      count,
    ],
  };
}

/**
 * Runs every check there is, each one also after an earlier one failed.
 *
 * @returns {Promise<number>} the exit code
 */
export async function testAll() {
  const stop = watchForStop();
  stop.onRequest(endRunning);
  const env = Object.assign(await installPackages(), nothingSet());
  // A report of an earlier run must not be taken for this one's.
  for (const file of Object.values(REPORTS)) rmSync(file, { force: true });
  env["CHROMIUM_PATH"] = await findBrowser(env);
  env["FIREFOX_PATH"] = await findFirefox(env);
  Object.assign(env, await findTools(env));
  /** @type {StepResult[]} */
  const results = [];
  for (const step of STEPS) {
    if (stop.reason() !== undefined) throw new Fault("Stopped before the end.", 130);
    results.push(await runStep(step, { env, done: results }));
  }
  if (stop.reason() !== undefined) throw new Fault("Stopped before the end.", 130);
  const { failed, lines } = summary(results, [env["CHROMIUM_PATH"], env["FIREFOX_PATH"]]);
  process.stdout.write(`${lines.join("\n")}\n`);
  return failed === 0 ? 0 : 1;
}
