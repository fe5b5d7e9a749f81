import { readFileSync } from "node:fs";

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {readonly string[]} failed titles
 * @property {readonly string[]} skipped titles of tests whose reason is said
 */

/** A skipped test says why in its title: "… (skipped: needs root)". One that does not counts as failed. */
const REASON = /\(skipped: .+\)/;

/** @param {readonly { title: string, state: "passed" | "failed" | "skipped", reason?: string | undefined }[]} tests */
function tallyOf(tests) {
  /** @type {{ passed: number, failed: string[], skipped: string[] }} */
  const tally = { passed: 0, failed: [], skipped: [] };
  for (const { title, state, reason } of tests) {
    if (state === "passed") tally.passed += 1;
    else if (state === "failed") tally.failed.push(title);
    else if (reason) tally.skipped.push(`${title} (skipped: ${reason})`);
    else if (REASON.test(title)) tally.skipped.push(title);
    else tally.failed.push(`${title} — skipped without a reason in its title`);
  }
  return tally;
}

/**
 * @param {string} file
 * @returns {any} undefined when there is no report, which is what a runner that crashed leaves behind
 */
function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** @typedef {{ fullName: string, status: string }} VitestTest */

/** @param {string} file @returns {Tally | undefined} */
export function tallyVitest(file) {
  const report = readReport(file);
  if (report === undefined) return undefined;
  return tallyOf(
    report.testResults.flatMap(
      (/** @type {{ name: string, status: string, assertionResults: VitestTest[] }} */ suite) => {
        const tests = suite.assertionResults.map(({ fullName, status }) => ({
          title: fullName,
          state: /** @type {const} */ (status === "passed" || status === "failed" ? status : "skipped"),
        }));
        // A file that could not be loaded has no tests.
        return tests.length === 0 && suite.status === "failed"
          ? [{ title: suite.name, state: "failed" }]
          : tests;
      },
    ),
  );
}

/**
 * @typedef {object} PlaywrightSuite
 * @property {string} title
 * @property {readonly PlaywrightSuite[]} [suites]
 * @property {readonly { title: string, tests: readonly PlaywrightTest[] }[]} [specs]
 */
/** @typedef {{ status: string, annotations: readonly { type: string, description?: string }[] }} PlaywrightTest */

/** @param {string} file @returns {Tally | undefined} */
export function tallyPlaywright(file) {
  const report = readReport(file);
  if (report === undefined) return undefined;
  /** @param {PlaywrightSuite} suite @returns {Parameters<typeof tallyOf>[0][number][]} */
  const testsOf = (suite) => [
    ...(suite.specs ?? []).flatMap(({ title, tests }) =>
      tests.map(({ status, annotations }) => ({
        title: `${suite.title} ${title}`,
        // A test that passes only at a second try ("flaky") has failed.
        state: /** @type {const} */ (
          status === "expected" ? "passed" : status === "skipped" ? "skipped" : "failed"
        ),
        reason: annotations.find(({ type }) => type === "skip" || type === "fixme")?.description,
      })),
    ),
    ...(suite.suites ?? []).flatMap(testsOf),
  ];
  const faults = report.errors.map((/** @type {{ message?: string }} */ { message }) => ({
    title: `Playwright: ${message?.split("\n")[0] ?? "error"}`,
    state: /** @type {const} */ ("failed"),
  }));
  return tallyOf([...report.suites.flatMap(testsOf), ...faults]);
}
