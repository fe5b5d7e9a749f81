import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadEnvFile, rootFolder } from "../../src/config/env-file.ts";
import { until } from "../app/page.ts";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));

let folder = "";
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "serendip-env-"));
});
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

test("[C90] a deployed folder, which has a manifest of its own, reads its own .env and not that above", () => {
  const deployed = join(folder, "deployed");
  mkdirSync(join(deployed, "dist"), { recursive: true });
  for (const place of [folder, deployed]) writeFileSync(join(place, "pnpm-workspace.yaml"), "");
  expect(rootFolder(deployed)).toBe(deployed);
  rmSync(join(deployed, "pnpm-workspace.yaml"));
  expect(rootFolder(deployed)).toBe(folder);
});

test("[C90] what is set already wins, an empty value included, and a byte order mark is no part of a name", () => {
  writeFileSync(join(folder, ".env"), "\uFEFFTURN_URLS=turn:a\r\nHOST=b\nPORT='3002' # ours\n");
  const env: NodeJS.ProcessEnv = { HOST: "" };
  expect(loadEnvFile(env, { folder })).toMatchObject({ found: true, faults: [] });
  expect(env).toEqual({ TURN_URLS: "turn:a", HOST: "", PORT: "3002" });
});

test("[C90] no .env is none, and one that cannot be read is said to be there", () => {
  const env: NodeJS.ProcessEnv = {};
  expect(loadEnvFile(env, { folder })).toMatchObject({ found: false, faults: [] });
  mkdirSync(join(folder, ".env"));
  const { found, faults } = loadEnvFile(env, { folder });
  expect({ found, env }).toEqual({ found: true, env: {} });
  expect(faults.map(({ sentence }) => sentence)).toEqual([
    expect.stringMatching(/\.env is a folder; delete it/),
  ]);
});

/** A server in a folder of its own, as it is deployed, but from its sources. */
function deploy(env: string | Buffer): string {
  cpSync(join(PACKAGE, "src"), join(folder, "src"), { recursive: true });
  cpSync(join(PACKAGE, "package.json"), join(folder, "package.json"));
  symlinkSync(join(PACKAGE, "node_modules"), join(folder, "node_modules"), "dir");
  writeFileSync(join(folder, ".env"), env);
  return join(folder, ".env");
}

/** Runs a program of the deployed folder in an environment in which nothing is set. */
function run(program: "main" | "doctor", env: Record<string, string> = {}) {
  const args = ["--import", "tsx", "--conditions=@serendip/source", join(folder, "src", `${program}.ts`)];
  const child = spawn(process.execPath, args, {
    cwd: PACKAGE,
    env: { PATH: process.env["PATH"] ?? "", DATA_DIR: join(folder, "data"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const closed = once(child, "close");
  return {
    child,
    output: () => output,
    ended: async () => (await closed)[0] as number | null,
  };
}

describe("[C90] a server does not start with a .env that it cannot read", () => {
  const SECRET = "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6";
  const POWERSHELL = Buffer.from(
    `\uFEFFNODE_ENV=production\r\nPORT=4109\r\nSESSION_SECRET=${SECRET}\r\n`,
    "utf16le",
  );

  test("in UTF-16, as PowerShell writes it", async () => {
    const file = deploy(POWERSHELL);
    const server = run("main");
    expect(await server.ended()).toBe(78);
    expect(server.output()).toBe(
      `The configuration is wrong:\n  - The file ${file} is written in UTF-16, as Windows PowerShell does with > and Out-File; save it as UTF-8, in PowerShell with Set-Content -Encoding utf8.\n`,
    );
  });

  test("with everything that is wrong in it, and what is wrong with the rest, at once and without any value", async () => {
    const lines = [
      "PORT: 4102",
      "ALLOWED_ORIGINS=https://*.preview.example.org",
      "LOG_LEVL=debug",
      "TURN_CREDENTIAL=pa55#word!long",
      "SIGNALING_URL=https://signal.example.org",
      "NODE_OPTIONS=--enable-source-maps",
      `SESSION_SECRET="${SECRET}`,
      "TURN_USERNAME=all",
      "NODE_ENV=production",
    ];
    const file = deploy(lines.join("\n"));
    const server = run("main");
    expect(await server.ended()).toBe(78);
    const said = server.output().trim().split("\n").slice(1);
    expect(said).toEqual([
      expect.stringContaining(`- Line 1 of ${file}: PORT has a colon`),
      expect.stringContaining(`- Line 3 of ${file}: LOG_LEVL is not a setting; did you mean LOG_LEVEL?`),
      expect.stringContaining(`- Line 4 of ${file}: the value of TURN_CREDENTIAL would be cut off at its #`),
      expect.stringContaining(`- Line 5 of ${file}: SIGNALING_URL is a setting of the web client`),
      expect.stringContaining(`- Line 6 of ${file}: NODE_OPTIONS works only in the environment`),
      expect.stringContaining(`- Line 7 of ${file}: the value of SESSION_SECRET has no closing quote`),
      expect.stringContaining("- ALLOWED_ORIGINS must be origins"),
      expect.stringContaining("- TURN_USERNAME is set without TURN_URLS"),
    ]);
    for (const value of ["pa55", "word!long", SECRET, "--enable-source-maps", "4102"])
      expect(server.output()).not.toContain(value);
  });

  test("the doctor finds the same", async () => {
    const file = deploy("LOG_LEVL=debug\nPORT: 4102\n");
    const doctor = run("doctor");
    expect(await doctor.ended()).toBe(78);
    expect(doctor.output()).toContain(
      `FAILED  Line 1 of ${file}: LOG_LEVL is not a setting; did you mean LOG_LEVEL?`,
    );
    expect(doctor.output()).toContain(`FAILED  Line 2 of ${file}: PORT has a colon`);
    expect(doctor.output()).toContain("2 of these have to be mended.");
  });

  test("a reader of the doctor that goes after a few lines gets no stack trace", async () => {
    deploy("PORT=0\n");
    const doctor = run("doctor");
    doctor.child.stdout.destroy();
    expect(await doctor.ended()).toBe(0);
    expect(doctor.output()).toBe("");
  });

  test("a good one is used, and what lies beside it or is misspelt in the environment is a warning", async () => {
    const file = deploy("PORT=0\nLOG_LEVEL=info\n");
    writeFileSync(join(folder, ".env.local"), "PORT=1\n");
    const server = run("main", { LOG_LEVL: "debug" });
    await until(
      `it listens: ${server.output()}`,
      () => /Signaling server listens/.test(server.output()),
      20_000,
    );
    const warnings = server.output().match(/.*"level":40.*/g) ?? [];
    expect(warnings).toEqual([
      expect.stringContaining(`The file .env.local beside ${file} is not read`),
      expect.stringContaining("did you mean LOG_LEVEL?"),
      expect.stringContaining("STUN_URLS is empty"),
    ]);
    server.child.kill("SIGTERM");
    expect(await server.ended()).toBe(0);
    const doctor = run("doctor", { LOG_LEVL: "debug" });
    expect(await doctor.ended()).toBe(0);
    expect(doctor.output()).toContain(`ok      ${file} sets PORT, LOG_LEVEL.`);
    expect(doctor.output()).toMatch(/note {4}The file \.env\.local beside/);
    expect(doctor.output()).toMatch(/note {4}LOG_LEVL in the environment/);
  });
});
