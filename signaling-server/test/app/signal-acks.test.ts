import { LIMITS } from "@serendip/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { arrive, meet, offer, type Page, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

const BARE = { cumulativeAcks: true };

/** What the page's socket hears besides events: acknowledgements of single packets. */
function singleAcks({ socket }: Page): () => number {
  let count = 0;
  socket.io.engine.on("data", (data: unknown) => {
    if (typeof data === "string" && data.startsWith("43")) count += 1;
  });
  return () => count;
}

const sendBare = ({ socket }: Page, ...bodies: readonly unknown[]) => {
  for (const body of bodies) socket.emit("signal", body);
};

test("[R20] [W3] sixteen signals of a page that can do it have one acknowledgement between them, and the partner has them all", async () => {
  const { a, b, roomId } = await meet(server, BARE);
  expect(a.welcome.cumulativeAcks).toBe(true);
  const single = singleAcks(a);
  const { signalsPerAck } = LIMITS;
  const bodies = Array.from({ length: signalsPerAck }, (_, at) => offer(roomId, at + 1));
  sendBare(a, ...bodies);
  expect(await a.next("acked")).toEqual({ roomId, generation: 1, upTo: signalsPerAck });
  for (const body of bodies) expect(await b.next("signal")).toEqual(body);
  sendBare(a, offer(roomId, signalsPerAck + 1));
  expect(await a.next("acked")).toEqual({ roomId, generation: 1, upTo: signalsPerAck + 1 });
  expect([a.count("acked"), a.count("signal-refused"), a.count("problem"), single()]).toEqual([2, 0, 0, 0]);
});

test("[R20] [W3] an older page, and one that asks for it, has an acknowledgement of each signal, and hears nothing new", async () => {
  const { a, b, roomId } = await meet(server, BARE);
  expect(b.welcome).not.toHaveProperty("cumulativeAcks");
  for (const page of [a, b])
    for (const sequence of [1, 2])
      expect(await page.request("signal", offer(roomId, sequence))).toEqual({ ok: true });
  sendBare(b, offer(roomId, 3));
  expect(await b.next("problem")).toMatchObject({ event: "signal", error: { code: "ack_missing" } });
  expect(await b.request("signal", offer(roomId, 3))).toEqual({ ok: true });
  await a.next("signal");
  expect([b.count("acked"), a.count("acked")]).toEqual([0, 0]);
});

test("[R20] [R3] [R4] what is not taken is told at once by its number, after what was taken before it", async () => {
  const { a, roomId } = await meet(server, BARE);
  sendBare(a, offer(roomId, 1), offer(roomId, 3), offer("another", 4), {
    ...offer(roomId, 5),
    generation: 2,
  });
  const refusals = [
    await a.next("signal-refused"),
    await a.next("signal-refused"),
    await a.next("signal-refused"),
  ];
  expect(refusals).toMatchObject([
    { ...{ roomId, generation: 1, sequence: 3 }, error: { code: "bad_sequence" } },
    { ...{ roomId: "another", generation: 1, sequence: 4 }, error: { code: "not_in_room" } },
    { ...{ roomId, generation: 2, sequence: 5 }, error: { code: "bad_sequence" } },
  ]);
  const order = a.heard.map(({ event }) => event).filter((event) => /^(acked|signal-refused)$/.test(event));
  expect(order).toEqual(["acked", "signal-refused", "signal-refused", "signal-refused"]);
});

test("[R20] [W4] one that does not fit is told by its number where that can be read, and is a problem where it cannot", async () => {
  const { a, b, roomId } = await meet(server, BARE);
  const place = { roomId, generation: 1, sequence: 1 };
  sendBare(a, { ...place, signal: { kind: "song" } });
  expect(await a.next("signal-refused")).toMatchObject({ ...place, error: { code: "bad_request" } });
  sendBare(a, offer(roomId, 1, "x".repeat(LIMITS.sdpChars + 1)));
  expect(await a.next("signal-refused")).toMatchObject({ ...place, error: { code: "too_large" } });
  sendBare(a, { roomId, generation: 1 });
  expect(await a.next("problem")).toMatchObject({ event: "signal", error: { code: "bad_request" } });
  a.socket.emit("signal", offer(roomId, 1), "more");
  expect(await a.next("signal-refused")).toMatchObject({ ...place, error: { code: "bad_request" } });
  a.socket.emit("find", { requestId: "no acknowledgement" });
  expect(await a.next("problem")).toMatchObject({ event: "find", error: { code: "ack_missing" } });
  sendBare(a, offer(roomId, 1));
  expect(await b.next("signal")).toEqual(offer(roomId, 1));
});

test("[R20] [B3] [R12] one that is too much is told how long to wait, and those behind it as well", async () => {
  const { a, b, roomId } = await meet(server, BARE);
  const long = (sequence: number) => offer(roomId, sequence, `v=0 ${"x".repeat(15_000)}`);
  const bodies = Array.from({ length: 8 }, (_, at) => long(at + 1));
  sendBare(a, ...bodies);
  const first = await a.next("signal-refused");
  expect(first.error).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  await until("the rest", () => a.count("signal-refused") === 9 - first.sequence);
  for (const { event, body } of a.heard)
    if (event === "signal-refused") expect(body).toMatchObject({ error: { code: "rate_limited" } });
  expect((await a.next("acked")).upTo).toBe(first.sequence - 1);
  expect(b.count("signal")).toBe(first.sequence - 1);
});

test("[R20] [R3] [R15] after a takeover a page sends again what is not acknowledged: the partner has each number once", async () => {
  const { a, b, roomId } = await meet(server, BARE);
  sendBare(a, offer(roomId, 1), offer(roomId, 2), offer(roomId, 3));
  await until("they have come", () => b.count("signal") === 3);
  const { sessionId, resumeSecret, epoch } = a.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const back = await arrive(server, { token: a.token, hello: { ...BARE, resume } });
  expect(back.welcome).toMatchObject({ resumed: true, cumulativeAcks: true });
  sendBare(back, ...[1, 2, 3, 4].map((sequence) => offer(roomId, sequence)));
  expect(await back.next("acked")).toEqual({ roomId, generation: 1, upTo: 4 });
  for (const sequence of [1, 2, 3, 4]) expect(await b.next("signal")).toEqual(offer(roomId, sequence));
  expect(b.count("signal")).toBe(4);
});

test("[R20] [R6] one that is kept for an absent partner is acknowledged like one that has gone out", async () => {
  const { a, b, roomId } = await meet(server, BARE);
  b.drop();
  await a.next("partner-away");
  sendBare(a, offer(roomId, 1));
  expect(await a.next("acked")).toEqual({ roomId, generation: 1, upTo: 1 });
  const { sessionId, resumeSecret, epoch } = b.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const back = await arrive(server, { token: b.token, hello: { resume } });
  expect(await back.next("signal")).toEqual(offer(roomId, 1));
});
