import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { arrive, meet, type Page, until } from "./page.ts";
import { makePipe, type Pipe } from "./pipe.ts";
import { answering, freePort, type Running, serverProcesses } from "./server-process.ts";
import { startInTerminal } from "./terminal.ts";

const processes = serverProcesses();
const { start, directory } = processes;

const lacksLinux = process.platform === "linux" ? "" : " (skipped: needs Linux)";
const onLinux = test.skipIf(lacksLinux !== "");
const lacksRoot = process.getuid?.() === 0 ? lacksLinux : " (skipped: needs root on Linux)";
const asRoot = test.skipIf(lacksRoot !== "");

const cleanings: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanings.splice(0)) clean();
});

interface Pair {
  readonly a: Page;
  readonly b: Page;
  readonly roomId: string;
}

/** Two in a call send each other this many signals, each answered before the next one; all arrive, in order. */
async function exchangeSignals({ a, b, roomId }: Pair, { from = 1, count = 20 } = {}): Promise<void> {
  const sent = Array.from({ length: count }, (_, index) => {
    const sequence = from + index;
    // Candidates are bounded by the descriptions between them.
    const signal =
      sequence % 5 === 1
        ? ({ kind: "offer", sdp: `v=0 ${sequence}` } as const)
        : ({
            kind: "candidate",
            candidate: { candidate: `candidate:${sequence}`, sdpMid: "0", sdpMLineIndex: 0 },
          } as const);
    return { roomId, generation: 1, sequence, signal };
  });
  for (const body of sent)
    expect(await Promise.all([a, b].map((page) => page.request("signal", body)))).toEqual([
      { ok: true },
      { ok: true },
    ]);
  for (const page of [a, b]) {
    await until("every signal", () => page.count("signal") === from - 1 + count);
    const heard = page.heard.filter(({ event }) => event === "signal");
    expect(heard.slice(from - 1).map(({ body }) => body)).toEqual(sent);
  }
}

async function stopInOrder(server: Running, pair: Pair): Promise<void> {
  server.child.kill("SIGTERM");
  for (const page of [pair.a, pair.b]) expect((await page.next("bye")).code).toBe("draining");
  expect(await server.exited()).toBe(0);
}

/** Makes lines of log: a person comes and goes. */
async function visit(server: { readonly url: string }): Promise<void> {
  (await arrive(server)).close();
}

function pipe(): Pipe {
  const made = makePipe(directory());
  cleanings.push(made.close);
  return made;
}

/** A server whose output goes into descriptors of the test. */
async function startInto(stdout: number | Socket, stderr: number | "pipe" | Socket, env = {}) {
  const port = await freePort();
  const server = start({ env: { PORT: String(port), ...env }, stdio: ["ignore", stdout, stderr] });
  for (const end of [stdout, stderr]) if (typeof end === "number") closeSync(end);
  return { server, at: await answering(port) };
}

test("a full pipe that nobody reads, for log and errors, stops neither calls nor a stop (C39)", async () => {
  const reader = pipe();
  reader.fill();
  const { server, at } = await startInto(reader.writeEnd(), reader.writeEnd());
  const pair = await meet(at);
  await exchangeSignals(pair, { count: 250 });
  await stopInOrder(server, pair);
});

test("a full socket that nobody reads, as a stopped journal is one, stops neither calls nor a stop (C39)", async () => {
  const path = join(directory(), "journal");
  const journal = createServer({ pauseOnConnect: true }).listen(path);
  await once(journal, "listening");
  const end = connect(path);
  await once(end, "connect");
  cleanings.push(
    () => journal.close(),
    () => end.destroy(),
  );
  // What the system does not take any more waits here for good.
  for (let full = false; !full; full = end.writableLength > 0)
    await new Promise((resolve) => {
      end.write(Buffer.alloc(65_536, " "));
      setImmediate(resolve);
    });
  const { server, at } = await startInto(end, end);
  const pair = await meet(at);
  await exchangeSignals(pair);
  await stopInOrder(server, pair);
});

test("what waited for a reader is there, down to the last line, when it reads during the stop", async () => {
  const reader = pipe();
  reader.fill();
  const { server, at } = await startInto(reader.writeEnd(), "pipe");
  const page = await arrive(at);
  server.child.kill("SIGTERM");
  await page.next("bye");
  await until("the last line", () => /Total clients: 1.*"Stopping".*"Stopped"/s.test(reader.read()));
  expect(reader.read()).toContain(`"url":"${at.url}","msg":"Signaling server listens"}\n`);
  expect(await server.exited()).toBe(0);
});

test("a reader that goes ends nothing, and the next one gets the lines that have waited", async () => {
  const reader = pipe();
  const { server, at } = await startInto(reader.writeEnd(), "pipe");
  const pair = await meet(at);
  await until("the first lines", () => reader.read().includes("User matched with partner in room"));
  reader.leave();
  await visit(at);
  await until("the trouble is told", () => server.output().includes("The log cannot be written (EPIPE)"));
  await exchangeSignals(pair);
  reader.comeBack();
  await until("the lines", () => reader.read().includes("Client disconnected. Total clients: 2"));
  await exchangeSignals(pair, { from: 21 });
  await stopInOrder(server, pair);
});

onLinux(`a disk that is full from the start is told once, and the service runs${lacksLinux}`, async () => {
  const { server, at } = await startInto(openSync("/dev/full", "w"), "pipe");
  const pair = await meet(at);
  await exchangeSignals(pair);
  await stopInOrder(server, pair);
  expect(server.output().match(/The log .*/g)).toEqual([
    "The log cannot be written (ENOSPC). Lines are dropped when too many wait.",
  ]);
});

/** A log in a file, whose room ends and comes back while two are in a call: no line is lost. */
async function outlivesFullFile(
  file: string,
  room: {
    readonly end: (pid: number) => void;
    readonly comeBack: (pid: number) => void;
    readonly why: string;
  },
): Promise<void> {
  const { server, at } = await startInto(openSync(file, "w"), "pipe");
  const pid = server.child.pid ?? -1;
  const pair = await meet(at);
  room.end(pid);
  const isTold = () => server.output().includes(`The log cannot be written (${room.why})`);
  let visits = 0;
  for (; !isTold() && visits < 100; visits += 1) await visit(at);
  expect(isTold()).toBe(true);
  await exchangeSignals(pair);
  room.comeBack(pid);
  const lines = () => readFileSync(file, "utf8");
  const left = () => lines().match(/Client disconnected/g)?.length;
  await until(`${visits} lines in ${file}`, () => left() === visits);
  await exchangeSignals(pair, { from: 21 });
  await stopInOrder(server, pair);
  expect(lines()).toMatch(/"Stopping".*"Stopped"/s);
  const torn = lines()
    .trim()
    .split("\n")
    .filter((line) => !/^\{"level".*\}$/.test(line));
  expect(torn).toEqual([]);
}

onLinux(
  `a log file at the limit of its size takes every line once the limit is lifted${lacksLinux}`,
  async () => {
    const file = join(directory(), "log");
    const limit = (pid: number, bytes: number | "unlimited") =>
      execFileSync("prlimit", [`--pid=${pid}`, `--fsize=${bytes}:unlimited`]);
    await outlivesFullFile(file, {
      why: "EFBIG",
      // In the middle of a line.
      end: (pid) => limit(pid, statSync(file).size + 500),
      comeBack: (pid) => limit(pid, "unlimited"),
    });
  },
);

asRoot(`a disk that is full for a while costs neither a call nor a line${lacksRoot}`, async () => {
  const disk = join(directory(), "disk");
  mkdirSync(disk);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", disk]);
  cleanings.push(() => execFileSync("umount", ["-l", disk]));
  const other = join(disk, "other");
  await outlivesFullFile(join(disk, "log"), {
    why: "ENOSPC",
    end: () => expect(() => writeFileSync(other, Buffer.alloc(1_000_000))).toThrow("ENOSPC"),
    comeBack: () => rmSync(other),
  });
});

async function inTerminal() {
  const server = await startInTerminal(processes);
  cleanings.push(server.close);
  return server;
}

onLinux(
  `a terminal that was stopped with Ctrl-S stops neither calls nor a stop (C39)${lacksLinux}`,
  async () => {
    const server = await inTerminal();
    const pair = await meet(server.at);
    // More than a terminal holds.
    for (let visits = 0; visits < 40; visits += 1) await visit(server.at);
    await exchangeSignals(pair);
    server.kill("SIGTERM");
    for (const page of [pair.a, pair.b]) expect((await page.next("bye")).code).toBe("draining");
    expect(await server.exitCode()).toBe(0);
  },
);

onLinux(
  `a terminal that goes ends neither calls nor an orderly stop later on (C39)${lacksLinux}`,
  async () => {
    const server = await inTerminal();
    const pair = await meet(server.at);
    server.hangUp();
    await visit(server.at);
    await exchangeSignals(pair);
    server.kill("SIGTERM");
    for (const page of [pair.a, pair.b]) expect((await page.next("bye")).code).toBe("draining");
    expect(await server.exitCode()).toBe(0);
  },
);

onLinux(`in a terminal a sentence says where the server listens${lacksLinux}`, async () => {
  const server = start({ around: (words) => ["script", "-qc", `exec ${words.join(" ")}`, "/dev/null"] });
  await until("the sentence", () =>
    /^Signaling server listens on http:\/\/127\.0\.0\.1:\d+\r?$/m.test(server.output()),
  );
  // The server itself: it stays when its terminal goes.
  const script = server.child.pid ?? -1;
  process.kill(Number(readFileSync(`/proc/${script}/task/${script}/children`, "utf8")), "SIGTERM");
  await server.exited();
});

test("lines that nobody had room for are counted, and told where they are missing", async () => {
  const reader = pipe();
  reader.fill();
  const stdout = reader.writeEnd();
  const writer = start({ program: "test/app/log-writer.program.ts", stdio: ["pipe", stdout, "pipe"] });
  closeSync(stdout);
  await until("it has written", () => writer.output().includes("written"));
  const [, all, dropped] = /written (\d+), dropped (\d+)/.exec(writer.output()) ?? [];
  expect(Number(dropped)).toBeGreaterThan(0);
  expect(writer.output()).toContain("The log is not read.");
  await until("the lines", () => reader.read().includes("Log lines were dropped"));
  writer.child.stdin?.end();
  await until("the last line", () => reader.read().includes('"the last line"'));
  const lines = reader
    .read()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const numbers = lines.flatMap(({ level, msg }) => (level === 30 ? [Number(msg)] : []));
  const kept = Number(all) - Number(dropped);
  expect(numbers).toEqual(Array.from({ length: kept }, (_, index) => index));
  expect(lines.slice(kept)).toMatchObject([
    { level: 40, msg: "Log lines were dropped", dropped: Number(dropped), since: expect.any(String) },
    { level: 50, msg: "the last line" },
  ]);
  expect(await writer.exited()).toBe(0);
});
