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

/** Whoever shows no sign of life for a second is looked for twice a second. */
const SWEPT = { staleMs: 1_000, sweepMs: 500 };

test("[G5] heartbeats keep the session of a page that does nothing from the sweep", async () => {
  server = await serve({ PING_INTERVAL_MS: "200", PING_TIMEOUT_MS: "300" }, { lobby: SWEPT });
  const page = await arrive(server);
  await page.request("find", { requestId: "1" });
  const arrivedAt = Date.now();
  await until("two sweeps have passed", () => Date.now() - arrivedAt > 2_500);
  expect(page.closed()).toBeUndefined();
  expect(await page.request("status", {})).toMatchObject({ ok: true, state: { kind: "queued" } });
});

test("[G5] a session without any sign of life is removed by the sweep, with a bye, though its connection is open (C36)", async () => {
  // Nobody is asked for a heartbeat meanwhile.
  server = await serve({ PING_INTERVAL_MS: "20000", PING_TIMEOUT_MS: "10000" }, { lobby: SWEPT });
  const page = await arrive(server);
  await page.request("find", { requestId: "1" });
  expect(await page.next("bye")).toEqual({ code: "stale", reconnect: "now" });
  await until("the connection is closed", () => page.closed() !== undefined);
  await server.empty();
});
