import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Figures } from "../compare.ts";
import { percentile } from "../figures.ts";
import { mint, type Server } from "../page/mint.ts";
import { arrive, helloOf, type Page } from "../page/page.ts";
import { startBuilt } from "../server/built-server.ts";
import { figuresOf } from "../server/process-figures.ts";

const IDLE = Number(process.env["IDLE"] ?? "5000");
const SEARCHING = 500;
/** Others who search before, so that it is not the server's first search. */
const WARM_UP = 200;
const AT_ONCE = 50;
const REST_MS = 1_000;
const PATIENCE_MS = 30_000;
/** Files that a process needs besides its connections. */
const SPARE_FILES = 100;

interface Searcher {
  readonly page: Page;
  /** When the match was read. */
  readonly matchedAt: Promise<number>;
}

async function searcher(server: Server): Promise<Searcher> {
  let matched: (at: number) => void = () => undefined;
  const matchedAt = new Promise<number>((resolve) => {
    matched = resolve;
  });
  const page = await arrive(server, helloOf(await mint(server)), (event) => {
    if (event === "matched") matched(performance.now());
  });
  return { page, matchedAt };
}

async function people(server: Server, count: number): Promise<readonly Searcher[]> {
  const all: Searcher[] = [];
  while (all.length < count) {
    const some = Math.min(AT_ONCE, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: some }, () => searcher(server)))));
  }
  return all;
}

/** How long each of them waited. */
async function search(all: readonly Searcher[]): Promise<readonly number[]> {
  const late = pause(PATIENCE_MS, undefined, { ref: false }).then(() => {
    throw new Error(`not all were matched within ${PATIENCE_MS} ms`);
  });
  const waits = all.map(async ({ page, matchedAt }) => {
    const askedAt = performance.now();
    await page.ask("find", { requestId: randomUUID() });
    return (await matchedAt) - askedAt;
  });
  return Promise.race([Promise.all(waits), late]);
}

function checkFiles(): void {
  const most = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  const needed = IDLE + SEARCHING + WARM_UP + SPARE_FILES;
  if (most !== "unlimited" && Number(most) < needed)
    throw new Error(`This needs ${needed} open files: raise "ulimit -n", or set IDLE lower.`);
}

export async function burstLoad(product: string): Promise<Figures> {
  checkFiles();
  const server = await startBuilt({ product });
  try {
    const idle = await people(server, IDLE);
    const first = await people(server, WARM_UP);
    await search(first);
    for (const { page } of first) page.close();
    const searching = await people(server, SEARCHING);
    await pause(REST_MS);

    const before = figuresOf(server.pid);
    const startedAt = performance.now();
    const waits = await search(searching);
    const lastAt = Math.max(...(await Promise.all(searching.map(({ matchedAt }) => matchedAt))));
    const after = figuresOf(server.pid);
    if (!before || !after || !idle.every(({ page }) => page.isOpen()))
      throw new Error("The server ended, or closed connections.");
    for (const { page } of [...idle, ...searching]) page.close();
    return {
      [`${SEARCHING} searches at once: ms until the last is matched`]: lastAt - startedAt,
      "  wait p50 ms": percentile(waits, 0.5),
      "  wait p99 ms": percentile(waits, 0.99),
      "  CPU ms of the server": after.cpuMs - before.cpuMs,
    };
  } finally {
    await server.stop();
  }
}
