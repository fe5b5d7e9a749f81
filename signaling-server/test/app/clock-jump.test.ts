import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { arrive, meet, offer, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve({
    GRACE_DROPPED_ROOM_MS: "1500",
    AWAY_DEBOUNCE_MS: "20",
    SWEEP_INTERVAL_MS: "500",
    STALE_AFTER_MS: "60000",
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await server.stop();
});

const HOUR = 3_600_000;

/** Somebody sets the clock of the machine; the pages of this suite live on it as well and must be quiet meanwhile. */
function setClock(byMs: number): void {
  const read = Date.now.bind(Date);
  vi.spyOn(Date, "now").mockImplementation(() => read() + byMs);
}

test("[G4] [G5] a clock that is set an hour forward ends no call and no grace", async () => {
  const { a, b, roomId } = await meet(server);
  a.drop();
  await b.next("partner-away");
  setClock(HOUR);
  const setAt = performance.now();
  await until("a sweep has passed", () => performance.now() - setAt > 700);
  vi.restoreAllMocks();
  expect(b.count("partner-left") + b.count("bye")).toBe(0);
  expect(b.closed()).toBeUndefined();
  const { sessionId, resumeSecret, epoch } = a.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const back = await arrive(server, { token: a.token, hello: { resume } });
  expect(back.welcome).toMatchObject({ resumed: true, state: { kind: "in-room", room: { roomId } } });
  expect(await b.request("signal", offer(roomId, 1))).toEqual({ ok: true });
});

test("[G4] [G5] a clock that is set an hour back makes no grace longer (C35)", async () => {
  const { a, b, roomId } = await meet(server);
  a.drop();
  const droppedAt = performance.now();
  await b.next("partner-away");
  setClock(-HOUR);
  expect(await b.next("partner-left")).toMatchObject({ roomId, reason: "left" });
  expect(performance.now() - droppedAt).toBeLessThan(2_500);
});
