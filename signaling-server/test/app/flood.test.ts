import type { ClientReply } from "@serendip/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_FLOOD_RULES } from "../../src/domain/flood.ts";
import type { CallOverview } from "../../src/service/call-reports.ts";
import { ADMIN, arrive, meet, offer, serve, type TestServer, until, WITHOUT_LIMITS } from "./page.ts";

/** Small, and refilled so slowly that it makes no difference how fast this machine is. */
const FEW = { burst: 20, perSecond: 0.01 };
const flood = { ...DEFAULT_FLOOD_RULES, generations: FEW, restarts: FEW, refusals: FEW };

let server: TestServer;
beforeAll(async () => {
  // What comes before these bounds is left out, so that they are what ends the room.
  server = await serve({}, { limits: WITHOUT_LIMITS, lobby: { flood } });
});
afterAll(() => server.stop());

async function floods(): Promise<number> {
  const page = await fetch(`${server.url}/debug/calls`, { headers: { authorization: `Bearer ${ADMIN}` } });
  return ((await page.json()) as CallOverview).totals.floods;
}

test("[R17] [R8] a partner who asks for one negotiation after the other is told to wait, and in the end the room is closed and counted", async () => {
  const before = await floods();
  const { a, b, roomId } = await meet(server);
  const ask = (n: number, generation: number): Promise<ClientReply<"rebuild">> =>
    a.request("rebuild", { requestId: `flood-${n}`, roomId, generation });
  for (let n = 1; n <= FEW.burst; n += 1) expect(await ask(n, n)).toEqual({ ok: true });
  for (let n = 1; n <= FEW.burst; n += 1)
    expect(await ask(FEW.burst + n, FEW.burst + 1)).toMatchObject({
      ok: false,
      error: { code: "rate_limited", retryAfterMs: expect.any(Number) },
    });
  expect(b.count("partner-back")).toBe(FEW.burst);
  expect(b.count("partner-left")).toBe(0);
  expect(await ask(2 * FEW.burst + 1, FEW.burst + 1)).toMatchObject({ error: { code: "rate_limited" } });
  expect(await b.next("partner-left")).toEqual({ roomId, reason: "left", newReason: "flood" });
  expect(await a.next("partner-left")).toEqual({ roomId, reason: "left" });
  expect(await floods()).toBe(before + 1);
  expect(server.log.lines).toContainEqual(
    expect.objectContaining({ message: "Room ended", fields: { roomId, reason: "flood" } }),
  );
  for (const page of [a, b]) page.close();
  await server.empty();
});

test("[R17] a partner who sends restarts without end is heard up to the bound, and the other one finds somebody else", async () => {
  const before = await floods();
  const { a, b, roomId } = await meet(server);
  const send = (n: number) =>
    a.request("signal", { roomId, generation: 1, sequence: n, signal: { kind: "restart" } });
  const replies = await Promise.all(Array.from({ length: 3 * FEW.burst }, (_, n) => send(n + 1)));
  expect(replies.filter(({ ok }) => ok)).toHaveLength(FEW.burst);
  expect(b.count("signal")).toBe(FEW.burst);
  // What was under way behind the first refused one is forgiven; to send that one without the pause is not.
  expect(await b.request("status", {})).toMatchObject({ state: { kind: "in-room" } });
  for (let n = 1; n <= FEW.burst; n += 1)
    expect(await send(FEW.burst + 1)).toMatchObject({ error: { code: "rate_limited" } });
  expect(await b.next("partner-left")).toEqual({ roomId, reason: "left", newReason: "flood" });
  expect(await floods()).toBe(before + 1);
  const c = await arrive(server);
  await b.request("find", { requestId: "again" });
  await c.request("find", { requestId: "find-c" });
  const { room } = await b.next("matched");
  expect(await b.request("signal", offer(room.roomId, 1))).toEqual({ ok: true });
  await until("the offer arrives", () => c.count("signal") === 1);
  for (const page of [a, b, c]) page.close();
  await server.empty();
});
