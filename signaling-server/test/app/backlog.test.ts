import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { checkBacklog } from "../../src/doctor/port-check.ts";
import { BACKLOG, systemBacklog } from "../../src/edge/http/backlog.ts";
import { until } from "./page.ts";
import { serverProcesses } from "./server-process.ts";

const { start } = serverProcesses();

/** More than Node has wait by itself, and no more than this process has files for. */
const COMING = 800;
const grants = (systemBacklog() ?? 0) >= COMING;

test.skipIf(!grants)(
  `while the server is busy ${COMING} connections are made at once and wait for it, none of them a second (skipped: needs Linux with net.core.somaxconn of that)`,
  async () => {
    const server = start();
    const url = await server.url();
    server.child.kill("SIGSTOP");
    const sockets: Socket[] = [];
    let made = 0;
    try {
      for (let n = 0; n < COMING; n += 1) {
        const socket = connect(Number(new URL(url).port), "127.0.0.1");
        socket.on("error", () => undefined);
        socket.once("connect", () => {
          made += 1;
        });
        sockets.push(socket);
      }
      // A connection that finds no place stays without an answer for as long as the server stands still.
      await until("all are made", () => made === COMING, 20_000);
      server.child.kill("SIGCONT");
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    } finally {
      server.child.kill("SIGCONT");
      for (const socket of sockets) socket.destroy();
    }
    server.child.kill("SIGTERM");
    await once(server.child, "exit");
  },
);

test("the doctor says where the system lets fewer wait than the server asks for, and what to set", () => {
  expect([...checkBacklog(undefined), ...checkBacklog(BACKLOG), ...checkBacklog(65_535)]).toEqual([]);
  expect([...checkBacklog(128)]).toEqual([
    {
      verdict: "note",
      says: expect.stringContaining("lets 128 connections wait"),
      advice: `Set net.core.somaxconn to ${BACKLOG} (sysctl).`,
    },
  ]);
});
