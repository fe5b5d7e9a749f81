import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

/**
 * @typedef {object} Tally
 * @property {number} passed
 * @property {readonly string[]} failed titles, each with what its runner said in a second line
 * @property {readonly string[]} skipped titles of tests whose reason is said
 */

/**
 * @typedef {object} TestResult
 * @property {string} title
 * @property {"passed" | "failed" | "skipped"} state
 * @property {string | undefined} [reason] of a skipped one
 * @property {string | undefined} [error] what a runner says of a failed one
 */

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

const SAID_CHARS = 300;

/**
 * The beginning of what a runner says, in one line: where only the end of a log can be seen, it is all that is known of a failure.
 *
 * @param {string | undefined} error
 */
function inBrief(error) {
  // Runners colour what they say.
  const plain = stripVTControlCharacters(error ?? "");
  return plain
    .split(/\s*\n\s*/)
    .filter(Boolean)
    .slice(0, 4)
    .join(" · ")
    .slice(0, SAID_CHARS);
}

/** @param {readonly TestResult[]} tests */
function tallyOf(tests) {
  /** @type {{ passed: number, failed: string[], skipped: string[] }} */
  const tally = { passed: 0, failed: [], skipped: [] };
  for (const { title, state, reason, error } of tests) {
    if (state === "passed") tally.passed += 1;
    else if (state === "failed") tally.failed.push([title, inBrief(error)].filter(Boolean).join("\n      "));
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

/** @typedef {{ name: string, status: string, assertionResults: { fullName: string, status: string, failureMessages?: string[] }[], message?: string }} VitestFile */

/** @param {string} file @returns {Tally | undefined} */
export function tallyVitest(file) {
  const report = readReport(file);
  if (report === undefined) return undefined;
  /** @param {VitestFile} tested @returns {TestResult[]} */
  const testsOf = ({ name, status, assertionResults, message }) =>
    // A file that could not be loaded has no tests.
    assertionResults.length === 0 && status === "failed"
      ? [{ title: name, state: "failed", error: message }]
      : assertionResults.map((test) => ({
          title: test.fullName,
          state: STATES[test.status] ?? "skipped",
          error: test.failureMessages?.[0],
        }));
  return tallyOf(report.testResults.flatMap(testsOf));
}

/**
 * @typedef {object} PlaywrightSuite
 * @property {string} title
 * @property {readonly PlaywrightSuite[]} [suites]
 * @property {readonly { title: string, tests: readonly PlaywrightTest[] }[]} [specs]
 */
/**
 * @typedef {object} PlaywrightTest
 * @property {string} status
 * @property {readonly { type: string, description?: string }[]} annotations
 * @property {readonly { error?: { message?: string } }[]} [results]
 */

/** @param {string} file @returns {Tally | undefined} */
export function tallyPlaywright(file) {
  const report = readReport(file);
  if (report === undefined) return undefined;
  /** @param {PlaywrightSuite} suite @returns {TestResult[]} */
  const testsOf = (suite) => [
    ...(suite.specs ?? []).flatMap(({ title, tests }) =>
      tests.map(({ status, annotations, results = [] }) => ({
        title: `${suite.title} ${title}`,
        state: STATES[status] ?? "skipped",
        reason: annotations.find(({ type }) => type === "skip" || type === "fixme")?.description,
        error: results.find(({ error }) => error)?.error?.message,
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
