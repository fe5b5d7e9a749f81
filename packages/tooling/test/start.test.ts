import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Command,
  childrenOf,
  freePort,
  isFree,
  runCommand,
  takePort,
  until,
} from "./support/command.ts";

// The first one may have to build everything.
const LIMIT_MS = 180_000;

let ports = { PORT: "", WEB_PORT: "" };
let started: Command[] = [];

function run(name: string, env: Record<string, string> = {}): Command {
  const command = runCommand(name, { ...ports, ...env });
  started.push(command);
  return command;
}

const running = (command: Command) =>
  until(
    `"Press Ctrl-C" in:\n${command.output()}`,
    () => command.output().includes("Press Ctrl-C"),
    LIMIT_MS / 2,
  );
const allFree = async () => (await isFree(Number(ports.PORT))) && (await isFree(Number(ports.WEB_PORT)));

beforeEach(async () => {
  ports = { PORT: String(await freePort()), WEB_PORT: String(await freePort()) };
});

afterEach(async () => {
  for (const { child } of started)
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  started = [];
  await until("nothing is left behind", allFree, 15_000);
});

describe("npm start", () => {
  test("[C90] serves both halves, introduced to each other, and ends with 0 at Ctrl-C", {
    timeout: LIMIT_MS,
  }, async () => {
    const command = run("start");
    await running(command);
    const [page, signaling] = [`http://localhost:${ports.WEB_PORT}`, `http://localhost:${ports.PORT}`];
    expect(command.output()).toContain(`Web client        ${page}`);
    expect(command.output()).toContain(`Signaling server  ${signaling}`);

    expect(await (await fetch(page)).text()).toContain('<div id="root">');
    expect(await (await fetch(`${page}/config.json`)).json()).toEqual({ signalingUrl: signaling });
    expect(await (await fetch(`${signaling}/readyz`)).json()).toMatchObject({ status: "ok" });
    for (const origin of [page, `http://127.0.0.1:${ports.WEB_PORT}`]) {
      const minted = await fetch(`${signaling}/v1/sessions`, {
        method: "POST",
        headers: { origin, "content-type": "application/json" },
        body: "{}",
      });
      expect(minted.headers.get("access-control-allow-origin")).toBe(origin);
      expect(await minted.json()).toHaveProperty("token");
    }

    const parts = childrenOf(command.child.pid);
    expect(parts).toHaveLength(2);
    // The terminal and npm both hand on a Ctrl-C.
    process.kill(-(command.child.pid ?? 0), "SIGINT");
    command.child.kill("SIGINT");
    expect(await command.ended()).toBe(0);
    expect(await allFree()).toBe(true);
  });

  test("[C90] a half that dies takes the other with it, and the command fails", {
    timeout: LIMIT_MS,
  }, async () => {
    const command = run("start");
    await running(command);
    process.kill(childrenOf(command.child.pid)[0] ?? 0, "SIGKILL");
    expect(await command.ended()).toBe(1);
    expect(command.output()).toMatch(/The (signaling server|web client) ended by itself \(SIGKILL\)/);
    expect(await allFree()).toBe(true);
  });

  test("[C90] both halves go when the command itself is killed", { timeout: LIMIT_MS }, async () => {
    const command = run("start");
    await running(command);
    command.child.kill("SIGKILL");
    await command.ended();
    await until("both ports are free", allFree, 10_000);
  });

  test("[C90] a taken port is named, with its holder and the way out, before anything is built", {
    timeout: LIMIT_MS,
  }, async () => {
    for (const variable of ["PORT", "WEB_PORT"]) {
      const { port, close } = await takePort();
      const command = run("start", { [variable]: String(port) });
      expect(await command.ended()).toBe(1);
      await close();
      expect(command.output()).toContain(`Port ${port}`);
      expect(command.output()).toContain(`${variable}=`);
      if (process.platform === "linux") expect(command.output()).toContain(`process ${process.pid} `);
      expect(command.output()).not.toContain("Building");
    }
  });

  test("[C90] one port for both is refused", { timeout: LIMIT_MS }, async () => {
    const command = run("start", { WEB_PORT: ports.PORT });
    expect(await command.ended()).toBe(1);
    expect(command.output()).toContain("PORT and WEB_PORT");
  });

  test("[C90] a HOST that is none is said of HOST alone, and a wrong SIGNALING_URL has the same exit code", {
    timeout: LIMIT_MS,
  }, async () => {
    const host = run("start", { HOST: "http://0.0.0.0" });
    expect(await host.ended()).toBe(78);
    expect(host.output()).toContain("HOST must be an IP address or a host name");
    expect(host.output()).not.toContain("SIGNALING_URL");
    const url = run("start", { SIGNALING_URL: "localhost:3001" });
    expect(await url.ended()).toBe(78);
    expect(url.output()).toContain("SIGNALING_URL");
  });

  test("[C90] wrong configuration is refused with all its faults and exit code 78", {
    timeout: LIMIT_MS,
  }, async () => {
    const command = run("start", { LOG_LEVEL: "loud", TOKEN_TTL_MS: "soon" });
    expect(await command.ended()).toBe(78);
    expect(command.output()).toContain("LOG_LEVEL");
    expect(command.output()).toContain("TOKEN_TTL_MS");
    expect(await allFree()).toBe(true);
  });
});

describe("npm run start-signaling", () => {
  test("[C90] starts the server alone; SIGTERM ends it with 0", { timeout: LIMIT_MS }, async () => {
    const command = run("start-signaling");
    await running(command);
    expect((await fetch(`http://localhost:${ports.PORT}/healthz`)).ok).toBe(true);
    expect(await isFree(Number(ports.WEB_PORT))).toBe(true);
    command.child.kill("SIGTERM");
    expect(await command.ended()).toBe(0);
    expect(await allFree()).toBe(true);
  });
});

describe("npm run dev", () => {
  test("[C90] serves both halves from source and ends with 0", { timeout: LIMIT_MS }, async () => {
    const command = run("dev");
    await running(command);
    expect(await (await fetch(`http://localhost:${ports.WEB_PORT}/`)).text()).toContain("/@vite/client");
    expect((await fetch(`http://localhost:${ports.PORT}/readyz`)).ok).toBe(true);
    process.kill(-(command.child.pid ?? 0), "SIGINT");
    expect(await command.ended()).toBe(0);
    expect(await allFree()).toBe(true);
  });
});
