import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { manualClock } from "@serendip/time/testing";
import { afterEach, expect, test } from "vitest";
import { type MetricsServer, serveMetrics } from "../../../src/edge/metrics/metrics-server.ts";
import { keptLog, until } from "../../app/page.ts";

let metrics: MetricsServer;
afterEach(() => metrics.close());

const SCRAPE = { contentType: "text/plain", text: "serendip_rooms 7\n" };
const HERE = { host: "127.0.0.1", port: 0 };

test("[C64] a port that is taken is said once, asked for every 10 s, and taken when it is free", async () => {
  const other = createServer().listen(0, HERE.host);
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const [clock, log] = [manualClock(), keptLog()];
  metrics = await serveMetrics({ ...HERE, port, scrape: async () => SCRAPE, clock, log });
  const errors = () => log.lines.filter(({ level }) => level === "error").map(({ message }) => message);
  for (let round = 0; round < 3; round += 1) {
    await until("the next try is planned", () => clock.pending() === 1);
    clock.advance(10_000);
  }
  expect(errors()).toEqual([
    expect.stringContaining(
      `at http://127.0.0.1:${port}/metrics: another program has the port. Choose another`,
    ),
  ]);
  expect(metrics.url()).toBeUndefined();
  await until("the next try is planned", () => clock.pending() === 1);
  await new Promise((resolve) => other.close(resolve));
  clock.advance(10_000);
  await until("it listens", () => metrics.url() !== undefined);
  expect(await (await fetch(metrics.url() ?? "")).text()).toBe(SCRAPE.text);
  expect(errors()).toHaveLength(1);
});

test("[C64] an address that this machine does not have is said, and its close ends the tries", async () => {
  const [clock, log] = [manualClock(), keptLog()];
  metrics = await serveMetrics({ host: "192.0.2.1", port: 9464, scrape: async () => SCRAPE, clock, log });
  expect(log.text()).toContain("the system refuses (EADDRNOTAVAIL)");
  expect(clock.pending()).toBe(1);
  await metrics.close();
  expect(clock.pending()).toBe(0);
});

test("[C64] figures are never read twice at once, however many ask", async () => {
  let underWay = 0;
  let most = 0;
  const scrape = async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return SCRAPE;
  };
  metrics = await serveMetrics({ ...HERE, scrape, clock: manualClock(), log: keptLog() });
  const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(metrics.url() ?? "")));
  for (const answer of answers) expect(await answer.text()).toBe(SCRAPE.text);
  expect(most).toBe(1);
});

test("[C64] figures that cannot be read are an error of that request alone, which tells no inside", async () => {
  const log = keptLog();
  let isBroken = true;
  const scrape = async () => {
    if (isBroken) throw new Error("the inside");
    return SCRAPE;
  };
  metrics = await serveMetrics({ ...HERE, scrape, clock: manualClock(), log });
  const answer = await fetch(metrics.url() ?? "");
  expect([answer.status, await answer.text()]).toEqual([500, ""]);
  expect(log.text()).toContain("the inside");
  isBroken = false;
  expect((await fetch(metrics.url() ?? "")).status).toBe(200);
});
