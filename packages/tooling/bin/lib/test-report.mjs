import { readFileSync } from "node:fs";

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {readonly string[]} failed titles
 * @property {readonly string[]} skipped titles of tests whose reason is said
 */

/** @typedef {{ title: string, state: "passed" | "failed" | "skipped", reason?: string | undefined }} TestResult */

/** @type {Readonly<Record<string, TestResult["state"]>>} What the runners' words mean; any other word is a skipped test. */
const STATES = {
  passed: "passed",
  failed: "failed",
  expected: "passed",
  unexpected: "failed",
  flaky: "failed",
};

/** A skipped test says why in its title: "… (skipped: needs root)". One that does not counts as failed. */
const REASON = /\(skipped: .+\)/;

/** @param {readonly TestResult[]} tests */
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

/** @typedef {{ name: string, status: string, assertionResults: { fullName: string, status: string }[] }} VitestFile */

/** @param {string} file @returns {Tally | undefined} */
export function tallyVitest(file) {
  const report = readReport(file);
  if (report === undefined) return undefined;
  /** @param {VitestFile} tested @returns {TestResult[]} */
  const testsOf = ({ name, status, assertionResults }) =>
    // A file that could not be loaded has no tests.
    assertionResults.length === 0 && status === "failed"
      ? [{ title: name, state: "failed" }]
      : assertionResults.map((test) => ({ title: test.fullName, state: STATES[test.status] ?? "skipped" }));
  return tallyOf(report.testResults.flatMap(testsOf));
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
  /** @param {PlaywrightSuite} suite @returns {TestResult[]} */
  const testsOf = (suite) => [
    ...(suite.specs ?? []).flatMap(({ title, tests }) =>
      tests.map(({ status, annotations }) => ({
        title: `${suite.title} ${title}`,
        state: STATES[status] ?? "skipped",
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
