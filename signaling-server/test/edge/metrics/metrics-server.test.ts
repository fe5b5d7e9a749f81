import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { manualClock } from "@serendip/time/testing";
import { afterEach, expect, test } from "vitest";
import { SAFE_HEADERS } from "../../../src/edge/http/safe-headers.ts";
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

/** What a request says that names this host, as a browser does whose page's own name points here. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const asked = get(url, { headers: { host } });
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

test("[C64] [X1] on loopback only the machine's own names are answered, and no answer may be kept or framed", async () => {
  metrics = await serveMetrics({ ...HERE, scrape: async () => SCRAPE, clock: manualClock(), log: keptLog() });
  const url = metrics.url() ?? "";
  for (const host of ["127.0.0.1:9464", "localhost:9464", "[::1]:1", "LOCALHOST"])
    expect(await statusFor(url, host), host).toBe(200);
  for (const host of [
    "evil.example",
    "evil.example:9464",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
  ])
    expect(await statusFor(url, host), host).toBe(421);
  for (const path of ["", "/other"]) {
    const { headers } = await fetch(`${url}${path}`);
    for (const [name, value] of Object.entries(SAFE_HEADERS)) expect(headers.get(name)).toBe(value);
  }
});
