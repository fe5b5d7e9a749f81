import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { SERVER_SETTINGS } from "../../../signaling-server/src/config.ts";
import { WEB_SETTINGS } from "../../../web-client/settings.ts";
import { checkNode, nothingSet } from "../bin/lib/environment.mjs";
import { findBrowser } from "../bin/lib/find-browser.mjs";
import { findFirefox } from "../bin/lib/find-firefox.mjs";
import { findTools } from "../bin/lib/find-tools.mjs";
import { tallyPlaywright, tallyVitest } from "../bin/lib/test-report.mjs";

const folder = mkdtempSync(join(tmpdir(), "serendip-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string, mode = 0o644): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  return path;
}

describe("Node", () => {
  test.each(["20.19.0", "20.20.2", "22.0.0", "26.10.0"])("%s is new enough", (running) => {
    expect(() => checkNode(running, ">=20.19.0")).not.toThrow();
  });
  test.each(["20.18.3", "18.20.0", "8.0.0"])("%s is refused in words", (running) => {
    expect(() => checkNode(running, ">=20.19.0")).toThrow(/needs Node.js 20\.19 or newer/);
  });
});

describe.each([
  { variable: "CHROMIUM_PATH", find: findBrowser, says: "Chromium 156.0.1" },
  { variable: "FIREFOX_PATH", find: findFirefox, says: "Mozilla Firefox 153.7.0esr" },
])("browser by $variable", ({ variable, find, says }) => {
  test("is taken when it starts", async () => {
    const path = file(`good-${variable}`, `#!/bin/sh\necho '${says}'\n`, 0o755);
    expect(await find({ [variable]: path })).toBe(path);
  });

  test.each([
    ["does not exist", join(folder, "nothing")],
    ["ends with a fault", file("broken", "#!/bin/sh\necho 'libnss3.so: cannot open' >&2\nexit 127\n", 0o755)],
    ["is another program", file("other", "#!/bin/sh\necho 'hello 1.0'\n", 0o755)],
  ])("that %s is refused, not passed over", async (_, path) => {
    await expect(find({ [variable]: path })).rejects.toThrow(`${variable}=${path} does not start`);
  });
});

describe("tools", () => {
  test("TURNSERVER_PATH is handed on to the tests as it is", async () => {
    const path = file("turnserver", "#!/bin/sh\n", 0o755);
    const found = await findTools({ PATH: process.env["PATH"], TURNSERVER_PATH: path });
    expect(found.TURNSERVER_PATH).toBe(path);
  });

  test("TURNSERVER_PATH that does not exist is refused, not passed over", async () => {
    const path = join(folder, "no-turnserver");
    await expect(findTools({ TURNSERVER_PATH: path })).rejects.toThrow(
      `TURNSERVER_PATH=${path} does not exist`,
    );
  });

  test("without an entry in the PATH, the usual places are looked at, and come into it", async () => {
    const { TURNSERVER_PATH, PATH } = await findTools({ PATH: folder });
    expect(PATH.split(":")).toContain(dirname(TURNSERVER_PATH));
  });
});

describe("counting", () => {
  const vitest = (...tests: readonly (readonly [string, string])[]) =>
    file(
      "vitest.json",
      JSON.stringify({
        testResults: [
          {
            name: "a.test.ts",
            status: "passed",
            assertionResults: tests.map(([fullName, status]) => ({ fullName, status })),
          },
        ],
      }),
    );
  const playwright = (tests: readonly object[], errors: readonly object[] = []) =>
    file(
      "playwright.json",
      JSON.stringify({
        errors,
        suites: [{ title: "a.spec.ts", specs: [], suites: [{ title: "group", specs: tests }] }],
      }),
    );
  const spec = (title: string, status: string, annotations: readonly object[] = []) => ({
    title,
    tests: [{ status, annotations }],
  });

  test("a silent skip is a failure, one that says why is listed", () => {
    const report = vitest(
      ["one", "passed"],
      ["two", "failed"],
      ["three", "skipped"],
      ["four (skipped: needs root)", "pending"],
    );
    expect(tallyVitest(report)).toEqual({
      passed: 1,
      failed: ["two", "three — skipped without a reason in its title"],
      skipped: ["four (skipped: needs root)"],
    });
  });

  test("a test file that cannot be loaded is a failure", () => {
    const report = file(
      "unloadable.json",
      JSON.stringify({ testResults: [{ name: "a.test.ts", status: "failed", assertionResults: [] }] }),
    );
    expect(tallyVitest(report)?.failed).toEqual(["a.test.ts"]);
  });

  test("in Playwright's report too; flaky is failed", () => {
    const report = playwright([
      spec("one", "expected"),
      spec("two", "flaky"),
      spec("three", "skipped"),
      spec("four", "skipped", [{ type: "skip", description: "needs root" }]),
      spec("five", "unexpected"),
    ]);
    expect(tallyPlaywright(report)).toEqual({
      passed: 1,
      failed: ["group two", "group three — skipped without a reason in its title", "group five"],
      skipped: ["group four (skipped: needs root)"],
    });
  });

  test("of a failed test its first words stand beside its title, without colours", () => {
    const said = "\u001b[31mError: 7 of 8\u001b[39m\n\n  Expected: 8\n  Received: 7\n  at a\n  at b";
    const words = "Error: 7 of 8 · Expected: 8 · Received: 7 · at a";
    const unit = { fullName: "one", status: "failed", failureMessages: [said] };
    const of = { name: "a.test.ts", status: "failed", assertionResults: [unit] };
    const report = file("said.json", JSON.stringify({ testResults: [of] }));
    expect(tallyVitest(report)?.failed).toEqual([`one\n      ${words}`]);
    const failed = { status: "unexpected", annotations: [], results: [{}, { error: { message: said } }] };
    expect(tallyPlaywright(playwright([{ title: "two", tests: [failed] }]))?.failed).toEqual([
      `group two\n      ${words}`,
    ]);
  });

  test("an error outside of any test is a failure", () => {
    const report = playwright([], [{ message: "Error: No tests found\n  at …" }]);
    expect(tallyPlaywright(report)?.failed).toEqual(["Playwright: Error: No tests found"]);
  });

  test("a runner that left no report, or half of one, is no success", () => {
    expect(tallyVitest(join(folder, "none.json"))).toBeUndefined();
    expect(tallyPlaywright(file("half.json", '{"suites": ['))).toBeUndefined();
  });
});

test("nobody's .env decides the outcome of a test: every setting is set, to nothing", () => {
  const all = [...SERVER_SETTINGS, ...WEB_SETTINGS].map(({ name }) => name);
  expect(Object.keys(nothingSet()).toSorted()).toEqual(all.filter((name) => name !== "NODE_ENV").toSorted());
  expect(new Set(Object.values(nothingSet()))).toEqual(new Set([""]));
});
