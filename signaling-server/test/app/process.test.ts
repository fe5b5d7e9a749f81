import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NOTHING_SET } from "../nothing-set.ts";
import { arrive, mint, ORIGIN, until } from "./page.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const HERE = fileURLToPath(new URL("../..", import.meta.url));

interface Running {
  readonly child: ChildProcess;
  output(): string;
  exited(): Promise<number | null>;
  /** The address it says it listens on. */
  url(): Promise<string>;
}

const children: ChildProcess[] = [];
let dataDir = "";
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "serendip-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

function start(env: Record<string, string>): Running {
  const child = spawn(process.execPath, ["--import", "tsx", "--conditions=@serendip/source", MAIN], {
    cwd: HERE,
    env: {
      ...NOTHING_SET,
      PATH: process.env["PATH"] ?? "",
      PORT: "0",
      DATA_DIR: dataDir,
      ALLOWED_ORIGINS: ORIGIN,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const exit = once(child, "exit");
  return {
    child,
    output: () => output,
    exited: async () => (await exit)[0],
    url: async () => {
      const address = () => /listens on (http:\/\/\S+)/.exec(output)?.[1];
      await until(`the address, in: ${output}`, () => address() !== undefined, 20_000);
      return address() ?? "";
    },
  };
}

test("[C39] a stop by signal says bye, ends within a second or two, and is no failure", async () => {
  const server = start({});
  const page = await arrive({ url: await server.url() });
  server.child.kill("SIGTERM");
  expect((await page.next("bye")).code).toBe("draining");
  expect(await server.exited()).toBe(0);
  expect(server.output()).toMatch(/"Stopping".*"Stopped"/s);
});

test("[C39] Ctrl-C is the same", async () => {
  const server = start({});
  await server.url();
  server.child.kill("SIGINT");
  expect(await server.exited()).toBe(0);
});

test("[C90] a wrong configuration ends with 78 and names every fault, but no secret", async () => {
  const server = start({
    NODE_ENV: "production",
    PORT: "abc",
    ALLOWED_ORIGINS: "*",
    SESSION_SECRET: "hunter2",
  });
  expect(await server.exited()).toBe(78);
  for (const name of ["PORT", "ALLOWED_ORIGINS", "SESSION_SECRET"])
    expect(server.output()).toContain(`- ${name} `);
  expect(server.output()).not.toContain("hunter2");
});

test("[C90] a taken port ends with 1 and one clear sentence", async () => {
  const first = start({});
  const { port } = new URL(await first.url());
  const second = start({ PORT: port });
  expect(await second.exited()).toBe(1);
  expect(second.output()).toMatch(new RegExp(`Port ${port} .* is taken .* PORT=`));
  expect(second.output()).not.toContain("    at ");
});

test("[C90] an address of another machine ends with 1 and one clear sentence", async () => {
  const server = start({ HOST: "192.0.2.1" });
  expect(await server.exited()).toBe(1);
  expect(server.output()).toContain("Check HOST and PORT.");
});

test("[S1] without a secret one is made once, for this user only, so that a restart forgets nobody", async () => {
  const first = start({});
  const { token } = await mint({ url: await first.url() });
  first.child.kill("SIGKILL");
  await first.exited();
  const file = await stat(join(dataDir, "session-secret"));
  expect(file.mode & 0o777).toBe(0o600);
  const second = start({});
  const page = await arrive({ url: await second.url() }, { token });
  expect(page.welcome.state).toEqual({ kind: "idle" });
  page.close();
});
