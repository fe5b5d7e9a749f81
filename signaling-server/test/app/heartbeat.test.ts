import { afterEach, expect, test } from "vitest";
import { arrive, meet, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
afterEach(() => server.stop());

test("[G5] a partner who falls silent is noticed by the missing heartbeat (C20, C35)", async () => {
  server = await serve({
    PING_INTERVAL_MS: "200",
    PING_TIMEOUT_MS: "300",
    GRACE_SILENT_ROOM_MS: "300",
    AWAY_DEBOUNCE_MS: "20",
  });
  const { a, b, roomId } = await meet(server);
  // The connection stays open, and nothing comes through it any more.
  a.socket.io.engine.transport.send = () => undefined;
  expect(await b.next("partner-away")).toMatchObject({ roomId, cause: "silent" });
  expect(await b.next("partner-left")).toMatchObject({ roomId, reason: "left" });
});

test("[G5] heartbeats keep a quiet page's session, and without them the sweep removes it (C36)", async () => {
  server = await serve({
    PING_INTERVAL_MS: "200",
    PING_TIMEOUT_MS: "300",
    STALE_AFTER_MS: "1000",
    SWEEP_INTERVAL_MS: "500",
  });
  const page = await arrive(server);
  await page.request("find", { requestId: "1" });
  const arrivedAt = Date.now();
  await until("two sweeps have passed", () => Date.now() - arrivedAt > 2_500);
  expect(page.closed()).toBeUndefined();
  expect(await page.request("status", {})).toMatchObject({ ok: true, state: { kind: "queued" } });
});
