import { afterEach, beforeEach, expect, test } from "vitest";
import { arrive, meet, offer, serve, stopReading, type TestServer } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

test("[R14] [R13] [I16] signals that went into a dead connection are missed, and a new negotiation begins", async () => {
  const { a, b, roomId } = await meet(server);
  for (const sequence of [1, 2]) await a.request("signal", offer(roomId, sequence));
  await b.next("signal");
  await b.next("signal");
  stopReading(b);
  for (const sequence of [3, 4])
    expect(await a.request("signal", offer(roomId, sequence))).toEqual({ ok: true });

  const { sessionId, resumeSecret, epoch } = b.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  const hello = { resume: { ...resume, received: { generation: 1, count: 2 } } };
  const back = await arrive(server, { token: b.token, hello });
  expect(back.welcome).toMatchObject({ resumed: true, state: { kind: "in-room", room: { roomId } } });
  expect(await back.next("partner-back")).toEqual({ roomId, generation: 2, role: "responder" });
  expect(await a.next("partner-back")).toEqual({ roomId, generation: 2, role: "initiator" });
});

test.each([
  ["has everything", { received: { generation: 1, count: 2 } }],
  ["does not ask", {}],
])("[R14] a page that %s goes on in the same generation", async (_what, more) => {
  const { a, b, roomId } = await meet(server);
  for (const sequence of [1, 2]) await a.request("signal", offer(roomId, sequence));
  const { sessionId, resumeSecret, epoch } = b.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive", ...more } as const;
  const back = await arrive(server, { token: b.token, hello: { resume } });
  expect(back.welcome).toMatchObject({ resumed: true, state: { room: { roomId, generation: 1 } } });
  expect(await a.request("signal", offer(roomId, 3))).toEqual({ ok: true });
  expect(await back.next("signal")).toEqual(offer(roomId, 3));
});

test("[R14] a page that counts in another generation has none of this one's signals, and a new negotiation begins", async () => {
  const { a, b, roomId } = await meet(server);
  await a.request("signal", offer(roomId, 1));
  const { sessionId, resumeSecret, epoch } = b.welcome;
  const received = { generation: 7, count: 1 };
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive", received } as const;
  const back = await arrive(server, { token: b.token, hello: { resume } });
  expect(await back.next("partner-back")).toMatchObject({ roomId, generation: 2 });
  expect(await a.next("partner-back")).toMatchObject({ roomId, generation: 2 });
});
