import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nothingSet } from "../bin/lib/environment.mjs";
import { ROOT } from "./floors/source.ts";
import { until } from "./support/command.ts";

// It may have to build first.
const LIMIT_MS = 180_000;
const PATH = process.env["PATH"] ?? "";
/** Where the tests run as root the deployed programs run as somebody else, who owns nothing. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const parent = mkdtempSync(join(tmpdir(), "serendip-deployed-"));
const folder = join(parent, "release");
const server = join(folder, "signaling-server");
const page = join(folder, "web-client");
/** A copy, because a clone may lie where nobody else may read. */
const health = join(parent, "health.mjs");

function deploy(...typed: readonly string[]) {
  // A umask that lets nobody else read, as careful administrators have it.
  const command = `umask 077; exec "$0" "$@"`;
  const args = [process.execPath, join(ROOT, "packages/tooling/bin/serendip.mjs"), "deploy", ...typed];
  const { status, stderr } = spawnSync("sh", ["-c", command, ...args], {
    cwd: ROOT,
    env: { ...nothingSet(), PATH, HOME: process.env["HOME"] ?? "", INIT_CWD: parent },
    encoding: "utf8",
  });
  return { status, stderr };
}

/** Paths below a folder, folders first named. */
function pathsIn(root: string, below = ""): readonly string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    return entry.isDirectory() ? [path, ...pathsIn(root, path)] : [path];
  });
}

/** Runs one of the deployed programs to its end, from elsewhere and without any environment. */
function runDeployed(program: string, env: Record<string, string> = {}) {
  const args = [join(server, "dist", program)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: "/",
    env: { PATH, ...env },
    encoding: "utf8",
    ...NOBODY,
  });
  return { status, output: stdout + stderr };
}

/** What the check of the image says. */
const isHealthy = (port: string) =>
  spawnSync(process.execPath, [health], { env: { PORT: port }, ...NOBODY }).status;

beforeAll(() => {
  chmodSync(parent, 0o755);
  copyFileSync(join(ROOT, "deploy/docker/health.mjs"), health);
  chmodSync(health, 0o644);
  const { status, stderr } = deploy("release");
  expect(status, stderr).toBe(0);
}, LIMIT_MS);
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe("[C90] npm run deploy", () => {
  test("puts the two halves into the folder, and of the server nothing but two programs with what they need", () => {
    expect(readdirSync(folder).toSorted()).toEqual(["signaling-server", "web-client"]);
    const programs = ["doctor.js", "doctor.js.map", "main.js", "main.js.map"];
    const inServer = pathsIn(server).filter((path) => !path.startsWith("dist/bundle/"));
    expect(inServer.toSorted()).toEqual(
      [
        ".env.example",
        "LICENSE",
        "dist",
        "dist/bundle",
        ...programs.map((name) => `dist/${name}`),
        "package.json",
      ].toSorted(),
    );
    const inPage = pathsIn(page).filter((path) => !path.startsWith("assets/"));
    expect(inPage.toSorted()).toEqual(
      [
        "LICENSE",
        "assets",
        "check",
        "check/index.html",
        "config.json",
        "favicon.svg",
        "index.html",
      ].toSorted(),
    );
    const endings = new Set(pathsIn(folder).flatMap((path) => /\.[a-z]+$/.exec(path) ?? []));
    expect([...endings].filter((ending) => /ts|tsx/.test(ending))).toEqual([]);
  });

  test("says nothing of the machine it was built on, and everybody may read it and nobody change it", () => {
    for (const path of pathsIn(folder)) {
      const { mode } = statSync(join(folder, path));
      expect((mode & 0o777).toString(8), path).toBe(
        statSync(join(folder, path)).isDirectory() ? "755" : "644",
      );
    }
    for (const path of pathsIn(folder).filter((one) => /\.(js|json|map|html)$/.test(one)))
      expect(readFileSync(join(folder, path), "utf8").includes(ROOT), path).toBe(false);
    const example = readFileSync(join(server, ".env.example"), "utf8");
    expect(example).toContain("# SESSION_SECRET=");
    expect(example).not.toMatch(/WEB_PORT|VITE_/);
  });

  test.each([
    ["no folder", [], 64, /npm run deploy \/opt/],
    ["an option", ["--prod"], 64, /npm run deploy \/opt/],
    ["two folders", ["a", "b"], 64, /npm run deploy \/opt/],
    ["a folder that holds something", ["release"], 1, /release is not empty/],
    ["a file", ["a-file"], 1, /is a file; name a folder/],
    ["the repository", [ROOT], 1, /is in this repository/],
    ["a folder in it", [join(ROOT, "deploy/release")], 1, /is in this repository/],
  ])("refuses %s in a sentence, before it builds", (_what, typed, code, sentence) => {
    writeFileSync(join(parent, "a-file"), "");
    const { status, stderr } = deploy(...typed);
    expect(status).toBe(code);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain("Tasks:");
  });
});

test("[C90] a deployed server reads its own .env, and refuses a bad one", () => {
  const start = (content: string | Buffer) => {
    writeFileSync(join(server, ".env"), content);
    const result = runDeployed("main.js");
    rmSync(join(server, ".env"));
    return result;
  };
  expect(start(Buffer.from("\uFEFFPORT=4109\r\n", "utf16le"))).toEqual({
    status: 78,
    output: expect.stringContaining(`The file ${server}/.env is written in UTF-16`),
  });
  const { status, output } = start("PORT=4109\nWEB_PORT=5173\nHOST=127.0.0.1\nLOG_LEVL=info\n");
  expect(status).toBe(78);
  expect(output).toContain(`Line 2 of ${server}/.env: WEB_PORT is a setting of the web client`);
  expect(output).toContain(`Line 4 of ${server}/.env: LOG_LEVL is not a setting; did you mean LOG_LEVEL?`);
});

test("[C90] deployed server and doctor run from a folder that they cannot write, with secrets in files, and tell faults by their sources", {
  timeout: LIMIT_MS,
}, async () => {
  mkdirSync(join(parent, "secrets"));
  const secret = join(parent, "secrets/session-secret");
  writeFileSync(secret, "q0ZC9mHk7Tn2VxYb4LrWs8DfJ1PgUeAi3OoKl6\n");
  for (const path of [server, ...pathsIn(server).map((one) => join(server, one))])
    chmodSync(path, statSync(path).mode & 0o555);
  const settings = {
    PATH,
    PORT: "0",
    // In production it has a port of its own otherwise, which may be somebody's.
    METRICS_PORT: "0",
    NODE_ENV: "production",
    ALLOWED_ORIGINS: "https://chat.example.org",
    SESSION_SECRET_FILE: secret,
  };
  const args = [join(server, "dist/main.js")];
  const running = spawn(process.execPath, args, { cwd: "/", env: settings, ...NOBODY });
  const exit = once(running, "exit");
  let output = "";
  for (const stream of [running.stdout, running.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  try {
    const url = () => /"url":"([^"]+)","msg":"Signaling server listens"/.exec(output)?.[1];
    await until(`the server listens: ${output}`, () => url() !== undefined || running.exitCode !== null);
    const token = await fetch(`${url()}/v1/sessions`, { method: "POST" });
    expect(token.status, output).toBe(200);
    expect((await fetch(`${url()}/socket.io/?EIO=4&transport=polling`)).status).toBe(403);
    // What the examples of deploy/ ask for, and the check of the image as it stands in its folder.
    for (const path of ["/healthz", "/readyz"]) expect((await fetch(`${url()}${path}`)).status).toBe(200);
    const { port } = new URL(url() ?? "");
    expect(isHealthy(port)).toBe(0);
    running.kill("SIGTERM");
    expect((await exit)[0], output).toBe(0);
    expect(isHealthy(port)).toBe(1);
  } finally {
    running.kill("SIGKILL");
  }
  expect(runDeployed("doctor.js", settings)).toMatchObject({ status: 0 });

  const fault = `import { Server } from "node:net";
    Server.prototype.listen = () => { throw new Error("a fault"); };`;
  const preload = `data:text/javascript,${encodeURIComponent(fault)}`;
  const failed = runDeployed("main.js", { ...settings, NODE_OPTIONS: `--import ${preload}` });
  expect(failed.status, failed.output).toBe(70);
  expect(failed.output).toMatch(/a fault.*src\/app\.ts:\d+/s);
  expect(readdirSync(join(server, "dist"))).not.toContain("compile-cache");
});
