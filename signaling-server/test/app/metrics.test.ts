import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { CallReport } from "@serendip/protocol";
import { afterEach, expect, test } from "vitest";
import {
  ADMIN,
  arrive,
  hello,
  meet,
  mint,
  NO_HURRY,
  offer,
  openSocket,
  refusalOf,
  serve,
  type TestServer,
  until,
} from "./page.ts";
import { readMetrics, scrape } from "./scrape.ts";

const WITH_METRICS = { METRICS_PORT: "0" };

let server: TestServer;
afterEach(() => server.stop());

const report = (roomId: string, change: Partial<CallReport> = {}): CallReport => ({
  roomId,
  outcome: "connected",
  ice: "turn",
  firstMediaMs: 640,
  talkedMs: 12_000,
  route: { local: "relay", remote: "srflx", protocol: "tls" },
  recovered: { byItself: 1, byRestart: 0, byRebuild: 0 },
  end: "next",
  ...change,
});

test("[C62] [C64] a scrape shows people, matches, signals and calls as they were", async () => {
  server = await serve({ ...NO_HURRY, ...WITH_METRICS });
  const { a, b, roomId } = await meet(server);
  await a.request("signal", offer(roomId, 1));
  await b.next("signal");
  const during = await readMetrics(server);
  expect(during("serendip_connections")).toBe(2);
  expect(during("serendip_rooms")).toBe(1);
  expect(during('serendip_sessions{state="connected"}')).toBe(2);
  expect(during('serendip_matches_total{origins="unknown"}')).toBe(1);
  expect(during("serendip_queue_wait_seconds_count")).toBe(2);
  expect(during('serendip_relay_messages_total{kind="offer"}')).toBe(1);
  expect(during("serendip_relay_bytes_total")).toBe("v=0 1".length);
  expect(during("serendip_relay_latency_seconds_count")).toBe(1);
  expect(during('serendip_standing_sessions{standing="neutral"}')).toBe(2);
  expect(during('serendip_invariant_violations{id="I1"}')).toBe(0);

  await a.request("call-report", report(roomId));
  await a.request("leave", { requestId: "leave" });
  await b.next("partner-left");
  await b.request("call-report", report(roomId, { outcome: "failed", ice: "stun-only" }));
  b.drop();
  await until("one is left", async () => (await server.getStats()).totalUsers === 1);
  const after = await readMetrics(server);
  expect(after("serendip_connections")).toBe(1);
  expect(after("serendip_rooms")).toBe(0);
  expect(after('serendip_rooms_ended_total{reason="left"}')).toBe(1);
  expect(after('serendip_disconnects_total{reason="dropped"}')).toBe(1);
  expect(after("serendip_relayed_seconds_total")).toBe(12);
  expect(after("serendip_hellos_total")).toBe(2);
});

test("[C62] [C64] the scrape and /debug/calls tell the same of calls", async () => {
  server = await serve({ ...NO_HURRY, ...WITH_METRICS });
  const { a, b, roomId } = await meet(server);
  await a.request("call-report", report(roomId));
  await b.request("call-report", report(roomId, { outcome: "failed", ice: "stun-only" }));
  const answer = await fetch(`${server.url}/debug/calls`, { headers: { authorization: `Bearer ${ADMIN}` } });
  const { totals } = JSON.parse(await answer.text());
  const value = await readMetrics(server);
  for (const ice of ["none", "stun-only", "turn"])
    for (const outcome of ["connected", "failed", "abandoned"]) {
      const weights = ["judged", "unjudged", "none"].map((weight) =>
        value(`serendip_call_setup_total{outcome="${outcome}",ice="${ice}",weight="${weight}"}`),
      );
      expect(weights.reduce((sum, each) => sum + each, 0)).toBe(totals.byIce[ice][outcome]);
    }
  for (const [route, count] of Object.entries(totals.routes))
    expect(value(`serendip_call_routes_total{route="${route}"}`)).toBe(count);
  expect(value("serendip_call_setup_seconds_sum")).toBe(totals.firstMedia.sumMs / 1_000);
  expect(value("serendip_call_setup_seconds_count")).toBe(totals.firstMedia.count);
  expect(value('serendip_call_setup_seconds_bucket{le="0.5"}')).toBe(0);
  expect(value('serendip_call_setup_seconds_bucket{le="0.75"}')).toBe(1);
});

test("[C64] [C81] nothing that a client chooses is in a scrape, and no client can make a time series", async () => {
  server = await serve({ ...NO_HURRY, ...WITH_METRICS });
  const before = await scrape(server);
  const { a, b, roomId } = await meet(server);
  await a.request("signal", offer(roomId, 1));
  for (const name of ["constructor", "from-outside", "__proto__"])
    void a.socket.emit(name, { requestId: name }, () => undefined);
  await a.request("find", { requestId: 'x"}\nserendip_rooms 7' });
  await fetch(server.url, { headers: { origin: "https://from-outside.example" } });
  const refused = openSocket(server, hello("from-outside"));
  await refusalOf(refused);
  refused.close();
  const after = await scrape(server);
  const secrets = [roomId, a.token, b.token, a.welcome.sessionId, "from-outside", "127.0.0.0", "constructor"];
  for (const secret of secrets) expect(after).not.toContain(secret);
  const seriesOf = (text: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("serendip_"))
      .map((line) => line.slice(0, line.lastIndexOf(" ")));
  expect(seriesOf(after)).toEqual(seriesOf(before));
});

test("[C64] limits, bad tokens, foreign pages and offences are counted", async () => {
  server = await serve(WITH_METRICS);
  await fetch(`${server.url}/v1/sessions`, { method: "POST", headers: { origin: "https://evil.example" } });
  // A program that names no origin is refused likewise, and tells nothing of a page.
  const nameless = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  expect(nameless.status).toBe(403);
  const stranger = openSocket(server, hello("no token at all"));
  await refusalOf(stranger);
  stranger.close();
  const page = await arrive(server);
  const replies = await Promise.all(
    Array.from({ length: 15 }, (_, n) => page.request("find", { requestId: `find-${n}` })),
  );
  const refused = replies.filter(({ ok }) => !ok).length;
  expect(refused).toBeGreaterThan(0);
  page.socket.emit("find", Buffer.from("no packet"));
  await until("it is closed", () => page.closed() !== undefined);
  const value = await readMetrics(server);
  expect(value("serendip_origin_rejected_total")).toBe(1);
  expect(value('serendip_token_errors_total{reason="token_invalid"}')).toBe(1);
  expect(value('serendip_hellos_refused_total{code="token_invalid"}')).toBe(1);
  expect(value('serendip_rate_limited_total{limiter="find"}')).toBe(refused);
  expect(value('serendip_invalid_frames_total{event="no-packet"}')).toBe(1);
  expect(value('serendip_disconnects_total{reason="protocol_abuse"}')).toBe(1);
  expect(value("serendip_tokens_minted_total")).toBe(1);
});

test("[C40] [C64] memory, processor time and the event loop of the process are among the metrics", async () => {
  server = await serve(WITH_METRICS);
  const value = await readMetrics(server);
  for (const name of [
    "process_resident_memory_bytes",
    "nodejs_heap_size_used_bytes",
    "process_cpu_seconds_total",
  ])
    expect(value(name)).toBeGreaterThan(0);
  expect(value("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThanOrEqual(0);
});

test("[C64] metrics are read at /metrics with GET, and nowhere else", async () => {
  server = await serve(WITH_METRICS);
  const url = server.metricsUrl() ?? "";
  const answer = await fetch(url);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
  expect((await fetch(new URL("/", url))).status).toBe(404);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  expect(new URL(url).hostname).toBe("127.0.0.1");
});

test("[C64] without METRICS_PORT a server that is no production server has no metrics", async () => {
  server = await serve();
  expect(server.metricsUrl()).toBeUndefined();
});

test("[C64] a metrics port that is taken costs the figures and not the service, and is said with what to do", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await until("the other one listens", () => other.listening);
  const { port } = other.address() as AddressInfo;
  server = await serve({ METRICS_PORT: String(port) });
  await mint(server);
  const said = () => server.log.lines.filter(({ level }) => level === "error");
  expect(said()).toHaveLength(1);
  expect(said()[0]?.message).toContain(`at http://127.0.0.1:${port}/metrics: another program has the port`);
  expect(said()[0]?.message).toContain("METRICS_PORT");
  expect(server.metricsUrl()).toBeUndefined();
  await new Promise((resolve) => other.close(resolve));
});

test("[C39] [C64] a server that is about to stop says so in its metrics before it says bye", async () => {
  server = await serve({ ...WITH_METRICS, DRAIN_MS: "0" });
  expect((await readMetrics(server))("serendip_draining")).toBe(0);
  await server.drain();
  expect((await readMetrics(server))("serendip_draining")).toBe(1);
});
