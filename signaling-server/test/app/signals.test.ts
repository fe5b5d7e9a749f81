import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { arrive, meet, offer, type Page, until } from "./page.ts";
import { answering, freePort, serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

const lacksLinux = process.platform === "linux" ? "" : " (skipped: needs Linux)";

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

async function signalArrives(pair: { a: Page; b: Page; roomId: string }, sequence: number): Promise<void> {
  expect(await pair.a.request("signal", offer(pair.roomId, sequence))).toEqual({ ok: true });
  expect(await pair.b.next("signal")).toEqual(offer(pair.roomId, sequence));
}

test("[C39] only SIGTERM and SIGINT stop the service: calls outlive every other signal of operators' tools, and the inspector stays shut", async () => {
  const inspectorPort = await freePort();
  const server = start({ node: [`--inspect-port=${inspectorPort}`] });
  const pair = await meet({ url: await server.url() });
  let sequence = 0;
  const survives = async (...signals: NodeJS.Signals[]) => {
    for (const signal of signals) server.child.kill(signal);
    sequence += 1;
    await signalArrives(pair, sequence);
  };
  const told = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT"] as const;
  for (const signal of told) {
    await survives(signal);
    await until(`a line about ${signal}`, () =>
      server.lines().some((line) => line.msg === "Signal ignored" && line["signal"] === signal),
    );
  }
  await survives("SIGPIPE");
  await survives("SIGXFSZ");
  await survives("SIGCONT");
  await survives("SIGTSTP", "SIGCONT");
  expect(server.lines().filter(({ msg }) => msg === "Signal ignored")).toHaveLength(told.length);
  expect(server.output()).not.toContain("Debugger");
  expect(await isOpen(inspectorPort)).toBe(false);

  server.child.kill("SIGTERM");
  for (const page of [pair.a, pair.b]) expect((await page.next("bye")).code).toBe("draining");
  expect(await server.exited()).toBe(0);
});

test.skipIf(lacksLinux !== "")(
  `a SIGUSR1 from before the program was loaded leaves no inspector open${lacksLinux}`,
  async () => {
    const [port, inspectorPort] = [await freePort(), await freePort()];
    const server = start({ env: { PORT: String(port) }, node: [`--inspect-port=${inspectorPort}`] });
    const handled = () => {
      const [, caught = "0"] =
        /SigCgt:\s*(\w+)/.exec(readFileSync(`/proc/${server.child.pid}/status`, "utf8")) ?? [];
      return (BigInt(`0x${caught}`) >> 9n) % 2n === 1n;
    };
    await until("Node listens to SIGUSR1 for its inspector", handled);
    server.child.kill("SIGUSR1");
    await answering(port);
    await server.url();
    expect(await isOpen(inspectorPort)).toBe(false);
  },
);

/** An option of Node that runs `code` before the server. */
const beforehand = (code: string) => ["--import", `data:text/javascript,${encodeURIComponent(code)}`];

test("[C39] a second signal ends a stop at once", async () => {
  const server = start({
    node: beforehand(
      'import { Server } from "node:net"; Server.prototype.close = function () { return this; };',
    ),
  });
  await server.url();
  server.child.kill("SIGTERM");
  await until("the stop", () => server.output().includes('"Stopping"'));
  server.child.kill("SIGTERM");
  expect(await server.exited()).toBe(1);
  expect(server.output()).not.toContain("The stop took too long");
});

test("[C39] a SIGTERM while the server's files are still being loaded is a clean stop", async () => {
  // SIGHUP is listened to before the loading begins.
  const server = start({
    node: beforehand(
      'process.on("newListener", (name) => { if (name === "SIGHUP") process.kill(process.pid, "SIGTERM"); });',
    ),
  });
  expect(await server.exited()).toBe(0);
  expect(server.output()).toBe("");
});

test("[C39] a fault that nobody caught is one line in the log, a bye to everybody, and exit code 70", async () => {
  const server = start({
    node: beforehand('process.once("SIGWINCH", () => { throw new Error("nobody catches this"); })'),
  });
  const page = await arrive({ url: await server.url() });
  server.child.kill("SIGWINCH");
  expect((await page.next("bye")).code).toBe("draining");
  expect(await server.exited()).toBe(70);
  const errors = server.lines().filter(({ level }) => Number(level) >= 50);
  expect(errors).toMatchObject([
    { msg: "The server failed and stops", error: expect.stringContaining("nobody catches this") },
  ]);
});
