import { afterEach, beforeEach, expect, test } from "vitest";
import { arrive, meet, type Page, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve({ AWAY_DEBOUNCE_MS: "20" });
});
afterEach(() => server.stop());

/** The connection stays open, and nothing of what the page says comes through any more. */
function fallSilent(page: Page): void {
  page.socket.io.engine.transport.send = () => undefined;
}

test("[G5] [G7] [C34] a page that no longer answers is noticed two seconds after its media stopped", async () => {
  await server.stop();
  server = await serve({ AWAY_DEBOUNCE_MS: "20", GRACE_CUT_ROOM_MS: "3000" });
  const { a, b, roomId } = await meet(server);
  expect(await b.request("media", { roomId, flowing: true })).toEqual({ ok: true });
  fallSilent(a);
  const saidAt = Date.now();
  expect(await b.request("media", { roomId, flowing: false })).toEqual({ ok: true });
  expect(await b.next("partner-away")).toMatchObject({ roomId, cause: "silent" });
  const tookMs = Date.now() - saidAt;
  expect(tookMs).toBeGreaterThanOrEqual(2_000);
  expect(tookMs).toBeLessThan(3_000);
  expect(a.count("bye")).toBe(0);
  expect(b.closed()).toBeUndefined();
  // The grace of a cut network counts from there.
  await b.next("partner-left");
  expect(Date.now() - saidAt).toBeLessThan(6_000);
});

test("[G7] a page that answers stays, whatever its partner says", async () => {
  await server.stop();
  server = await serve({ AWAY_DEBOUNCE_MS: "20", PROBE_TIMEOUT_MS: "150" });
  const { a, b, roomId } = await meet(server);
  const startedAt = Date.now();
  for (let n = 0; n < 40; n += 1) await b.request("media", { roomId, flowing: n % 2 === 0 });
  await until("a second probe", () => a.count("probe") >= 2);
  await until("their time is over", () => Date.now() - startedAt > 600);
  // Not more often than the time of a probe allows, however often it is said.
  expect(a.count("probe")).toBeLessThanOrEqual(1 + (Date.now() - startedAt) / 150);
  expect([a.closed(), b.closed()]).toEqual([undefined, undefined]);
  expect(b.count("partner-away")).toBe(0);
});

test("[G2] [G8] [G9] a page whose media flows on is waited for when its connection falls silent, until it stops", async () => {
  await server.stop();
  server = await serve({
    AWAY_DEBOUNCE_MS: "20",
    PING_INTERVAL_MS: "200",
    PING_TIMEOUT_MS: "300",
    GRACE_SILENT_ROOM_MS: "100",
    GRACE_CUT_ROOM_MS: "500",
  });
  const { a, b, roomId } = await meet(server);
  await b.request("media", { roomId, flowing: true });
  fallSilent(a);
  const { graceMs } = await b.next("partner-away");
  const awayAt = Date.now();
  expect(graceMs).toBeGreaterThan(119_000);
  await until("the time of a cut network is over", () => Date.now() - awayAt > 700);
  expect(b.count("partner-left")).toBe(0);
  const stoppedAt = Date.now();
  await b.request("media", { roomId, flowing: false });
  expect(await b.next("partner-away")).toMatchObject({ cause: "silent", graceMs: 500 });
  await b.next("partner-left");
  expect(Date.now() - stoppedAt).toBeGreaterThan(450);
});

test("[G2] [G9] a killed page frees its partner once its media is seen to stop (C34)", async () => {
  await server.stop();
  server = await serve({
    AWAY_DEBOUNCE_MS: "20",
    GRACE_DROPPED_ROOM_MS: "300",
    GRACE_SILENT_ROOM_MS: "200",
  });
  const { a, b, roomId } = await meet(server);
  await b.request("media", { roomId, flowing: true });
  a.drop();
  const killedAt = Date.now();
  await until("the grace of its cause is over", () => Date.now() - killedAt > 500);
  expect(b.count("partner-left")).toBe(0);
  await b.request("media", { roomId, flowing: false });
  await b.next("partner-left");
  expect(Date.now() - killedAt).toBeLessThan(2_000);
});

test("[G6] [G7] a stranger to the room can neither prolong a grace nor have anybody probed", async () => {
  const { a, b, roomId } = await meet(server);
  const stranger = await arrive(server);
  for (const flowing of [true, false])
    expect(await stranger.request("media", { roomId, flowing })).toMatchObject({
      ok: false,
      error: { code: "not_in_room" },
    });
  await b.request("status", {});
  await a.request("status", {});
  expect([a.count("probe"), b.count("probe")]).toEqual([0, 0]);
});

test("[G7] a page may leave while it is probed, and nothing is left (I20)", async () => {
  const { a, b, roomId } = await meet(server);
  fallSilent(a);
  await b.request("media", { roomId, flowing: false });
  b.close();
  a.drop();
  await server.empty();
});
