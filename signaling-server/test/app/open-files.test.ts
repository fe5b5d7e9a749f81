import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { arrive, meet, offer, until } from "./page.ts";
import { dial, type RawClient } from "./raw.ts";
import { type Running, serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

/** Limits and counts of open files are read from proc(5). */
const lacksLinux = process.platform === "linux" ? "" : " (skipped: needs Linux)";
const onLinux = test.skipIf(lacksLinux !== "");

const withFiles = (count: number) => (words: readonly string[]) => [
  "sh",
  "-c",
  `ulimit -n ${count}; exec "$@"`,
  "sh",
  ...words,
];

const openFiles = ({ child }: Running) => readdirSync(`/proc/${child.pid}/fd`).length;

/** More strangers than there are files. */
function crowd(url: string): readonly RawClient[] {
  const port = Number(new URL(url).port);
  const clients = Array.from({ length: 300 }, () => dial({ port }, "GET / HT"));
  onTestFinished(() => clients.forEach(hangUp));
  return clients;
}

function hangUp({ tcp }: RawClient): void {
  tcp.destroy();
}

async function callGoesOn({ a, b, roomId }: Awaited<ReturnType<typeof meet>>, sequence: number) {
  expect(await a.request("signal", offer(roomId, sequence))).toEqual({ ok: true });
  expect(await b.next("signal")).toEqual(offer(roomId, sequence));
}

async function newcomerGetsIn(url: string): Promise<void> {
  await until("a newcomer gets in", () =>
    arrive({ url }).then(
      (page) => page.welcome.state.kind === "idle",
      () => false,
    ),
  );
}

onLinux(
  `[W10] where files are few, strangers are turned away with a line in the log, and calls go on${lacksLinux}`,
  async () => {
    const server = start({ around: withFiles(120) });
    const url = await server.url();
    const call = await meet({ url });
    const strangers = crowd(url);
    await until("some are turned away", () => strangers.some(({ ended }) => ended()));
    await until("the line", () =>
      server.lines().some(({ msg }) => msg === "A connection was turned away: no room for more"),
    );
    expect(openFiles(server)).toBeLessThan(120);
    await callGoesOn(call, 1);
    strangers.forEach(hangUp);
    await newcomerGetsIn(url);
    await callGoesOn(call, 2);
  },
);

onLinux(
  `[W10] a server to which the system gives no more files (EMFILE) keeps its calls and takes people once it may${lacksLinux}`,
  async () => {
    const server = start();
    const url = await server.url();
    const call = await meet({ url });
    const limit = (soft: number) =>
      execFileSync("prlimit", [`--pid=${server.child.pid}`, `--nofile=${soft}:`]);
    limit(openFiles(server));
    const strangers = crowd(url);
    // A few may get the files that the server itself has closed meanwhile.
    const turnedAway = () => strangers.filter(({ ended }) => ended()).length;
    await until("they are turned away", () => turnedAway() > 200);
    await callGoesOn(call, 1);
    limit(1_000);
    await newcomerGetsIn(url);
    await callGoesOn(call, 2);
  },
);
