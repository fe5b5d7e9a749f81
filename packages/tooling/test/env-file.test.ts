import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { introduction } from "../bin/lib/addresses.mjs";
import { ROOT } from "./floors/source.ts";

/** A clone in which nothing has been installed yet: what the commands need before that. */
let clone = "";
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "serendip-clone-"));
  for (const path of ["package.json", "packages/tooling/bin", "packages/settings-file/src"])
    cpSync(join(ROOT, path), join(clone, path), { recursive: true });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function run(command: string, env: string | Buffer) {
  writeFileSync(join(clone, ".env"), env);
  const program = join(clone, "packages/tooling/bin/serendip.mjs");
  // Without npm and pnpm: whoever tries to install something before looking at the file fails differently.
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, command], {
    cwd: clone,
    env: { PATH: join(clone, "nothing") },
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

describe.each(["start", "dev", "start-signaling", "doctor", "build"])("[C90] npm run %s", (command) => {
  test("refuses a .env in UTF-16 before it starts anything", () => {
    const utf16 = Buffer.from("\uFEFFPORT=4109\r\n", "utf16le");
    expect(run(command, utf16)).toEqual({
      status: 78,
      output: `The configuration is wrong:\n  - The file ${clone}/.env is written in UTF-16, as Windows PowerShell does with > and Out-File; save it as UTF-8, in PowerShell with Set-Content -Encoding utf8.\n`,
    });
  });

  test("names every line that cannot be used, and no value", () => {
    const { status, output } = run(
      command,
      "PORT: 4102\nLOG_LEVL=debug\nTURN_CREDENTIAL=pa55#word\nWEB_PORT=5173\n",
    );
    expect(status).toBe(78);
    expect(output.trim().split("\n").slice(1)).toEqual([
      expect.stringContaining(`- Line 1 of ${clone}/.env: PORT has a colon`),
      expect.stringContaining(
        `- Line 2 of ${clone}/.env: LOG_LEVL is not a setting; did you mean LOG_LEVEL?`,
      ),
      expect.stringContaining(`- Line 3 of ${clone}/.env: the value of TURN_CREDENTIAL would be cut off`),
    ]);
    expect(output).not.toMatch(/pa55|4102|debug/);
  });
});

test("[C90] a file of another name stands beside the faults that it may explain", () => {
  writeFileSync(join(clone, ".env.local"), "");
  const { status, output } = run("start", "LOG_LEVL=debug\n");
  expect(status).toBe(78);
  expect(output).toMatch(
    /did you mean LOG_LEVEL\?\nThis may be the reason:\n {2}- The file \.env\.local beside /,
  );
});

test("[C90] a good .env lets the command go on, and one of another name is pointed at", () => {
  writeFileSync(join(clone, ".env.local"), "");
  const { status, output } = run("doctor", "WEB_PORT=5174\nPORT=3002\n");
  expect(status).toBe(1);
  expect(output).toMatch(/^The file \.env\.local beside .* is not read.*\nCould not get pnpm/);
});

test("[W7] the pages' origins are written as browsers send them, whatever the host is called", () => {
  const place = { name: "", variable: "" };
  const origins = (host: string, port: number) =>
    introduction({
      signaling: { ...place, host: "127.0.0.1", port: 3001, scheme: "http" },
      web: { ...place, host, port, scheme: "http" },
    })["ALLOWED_ORIGINS"];
  expect(origins("My-Host.example", 5173)).toMatch(/,http:\/\/my-host\.example:5173$/);
  expect(origins("127.0.0.1", 80)).toBe("http://localhost,http://127.0.0.1,http://[::1]");
});
