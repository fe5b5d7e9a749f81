import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { installPackages } from "../bin/lib/packages.mjs";
import { run } from "../bin/lib/run.mjs";
import { ROOT } from "./floors/source.ts";
import { until } from "./support/command.ts";

// It may have to build first.
const LIMIT_MS = 180_000;

const parent = mkdtempSync(join(tmpdir(), "serendip-deployed-"));
afterAll(() => rmSync(parent, { recursive: true, force: true }), LIMIT_MS);

test("[C90] a deployed server has all it needs to read its own .env, and refuses a bad one", {
  timeout: LIMIT_MS,
}, async () => {
  const env = await installPackages();
  const options = { cwd: ROOT, env, output: "keep" } as const;
  const built = await run("turbo", ["run", "build", "--filter=signaling-server"], options);
  expect(built.code, built.output).toBe(0);
  const folder = join(parent, "server");
  const deployed = await run("pnpm", ["--filter=signaling-server", "deploy", "--prod", folder], options);
  expect(deployed.code, deployed.output).toBe(0);

  const pnpms = ["node_modules", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
  expect(readdirSync(folder).toSorted()).toEqual(
    [".env.example", "dist", ...pnpms, "package.json"].toSorted(),
  );
  const example = readFileSync(join(folder, ".env.example"), "utf8");
  expect(example).toContain("# SESSION_SECRET=");
  expect(example).not.toMatch(/WEB_PORT|VITE_/);
  for (const name of ["protocol", "time", "settings-file"])
    expect(readdirSync(join(folder, "node_modules/@serendip", name))).not.toContain("test");

  const start = (content: string | Buffer) => {
    writeFileSync(join(folder, ".env"), content);
    const server = spawnSync(process.execPath, [join(folder, "dist/main.js")], {
      cwd: parent,
      env: { PATH: process.env["PATH"] ?? "" },
      encoding: "utf8",
    });
    return { status: server.status, output: server.stdout + server.stderr };
  };
  expect(start(Buffer.from("\uFEFFPORT=4109\r\n", "utf16le"))).toEqual({
    status: 78,
    output: expect.stringContaining(`The file ${folder}/.env is written in UTF-16`),
  });
  const { status, output } = start("PORT=4109\nWEB_PORT=5173\nHOST=127.0.0.1\nLOG_LEVL=info\n");
  expect(status).toBe(78);
  expect(output).toContain(`Line 2 of ${folder}/.env: WEB_PORT is a setting of the web client`);
  expect(output).toContain(`Line 4 of ${folder}/.env: LOG_LEVL is not a setting; did you mean LOG_LEVEL?`);
});

test("[C90] the built server and doctor need nothing beside them but their manifest, and tell faults by their sources", {
  timeout: LIMIT_MS,
}, async () => {
  const env = await installPackages();
  const built = await run("turbo", ["run", "build", "--filter=signaling-server"], {
    cwd: ROOT,
    env,
    output: "keep",
  });
  expect(built.code, built.output).toBe(0);
  const folder = join(parent, "alone");
  for (const name of ["dist", "package.json"])
    cpSync(join(ROOT, "signaling-server", name), join(folder, name), { recursive: true });

  const settings = { PATH: process.env["PATH"] ?? "", PORT: "0", DATA_DIR: join(folder, "data") };
  const node = (...args: readonly string[]) => [process.execPath, ["--enable-source-maps", ...args]] as const;
  const server = spawn(...node(join(folder, "dist/main.js")), { cwd: parent, env: settings });
  const exit = once(server, "exit");
  let output = "";
  for (const stream of [server.stdout, server.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  try {
    const url = () => /"url":"([^"]+)","msg":"Signaling server listens"/.exec(output)?.[1];
    await until(`the server listens: ${output}`, () => url() !== undefined || server.exitCode !== null);
    const token = await fetch(`${url()}/v1/sessions`, { method: "POST" });
    expect(token.status, output).toBe(200);
    expect((await fetch(`${url()}/socket.io/?EIO=4&transport=polling`)).status).toBe(403);
    server.kill("SIGTERM");
    expect((await exit)[0], output).toBe(0);
  } finally {
    server.kill("SIGKILL");
  }

  const doctor = spawnSync(...node(join(folder, "dist/doctor.js")), { cwd: parent, env: settings });
  expect(doctor.status, String(doctor.stderr)).toBe(0);

  const fault = `import { Server } from "node:net";
    Server.prototype.listen = () => { throw new Error("a fault"); };`;
  const preload = `data:text/javascript,${encodeURIComponent(fault)}`;
  const failed = spawnSync(...node("--import", preload, join(folder, "dist/main.js")), {
    cwd: parent,
    env: settings,
    encoding: "utf8",
  });
  expect(failed.status, failed.stderr).toBe(70);
  expect(failed.stdout).toMatch(/a fault.*src\/app\.ts:\d+/s);
});
