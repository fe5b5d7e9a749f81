import { PROTOCOL_VERSION } from "@serendip/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { arrive, hello, meet, offer, openSocket, pageOf, serve, type TestServer, until } from "./page.ts";
import { openWebSocket } from "./raw.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve({ AWAY_DEBOUNCE_MS: "0" });
});
afterEach(() => server.stop());

/** What the page of a session says in one of its attempts. */
function attemptOf(page: Awaited<ReturnType<typeof arrive>>, tabId: string, connection: number) {
  const { sessionId, resumeSecret, epoch } = page.welcome;
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
  return { ...hello(page.token, { tabId, connection, resume }), newestProtocol: PROTOCOL_VERSION };
}

test("[S10] a hello that lay in the network while the page made another attempt kills neither connection nor call (C27)", async () => {
  const tabId = "tab-of-ann";
  const { b, roomId, a } = await meet(server, { tabId, connection: 1 });
  // Attempt 2 has its WebSocket, and its hello lies in the kernel's queue; attempt 3 gets in.
  const abandoned = await openWebSocket(server);
  a.drop();
  expect(await b.next("partner-away")).toMatchObject({ cause: "dropped" });
  const ann = pageOf(openSocket(server, attemptOf(a, tabId, 3)));
  expect((await ann.next("welcome")).state).toMatchObject({ kind: "in-room", room: { roomId } });
  await b.next("partner-back");

  abandoned.say(`40${JSON.stringify(attemptOf(a, tabId, 2))}`);
  await until("it is told", () => abandoned.received().includes("bye"));
  expect(abandoned.received()).toContain(
    '42["bye",{"code":"stale_connection","reconnect":"now","newestConnection":3}]',
  );
  abandoned.tcp.destroy();
  await until("it is gone", async () => (await server.getStats()).totalSockets === 2);

  expect(ann.closed()).toBeUndefined();
  expect(ann.count("bye")).toBe(0);
  expect(await ann.request("signal", offer(roomId, 1))).toEqual({ ok: true });
  expect(await b.next("signal")).toEqual(offer(roomId, 1));
  expect(b.count("partner-away")).toBe(1);
  expect(b.count("partner-left")).toBe(0);
});

test("[S10] a tab that was restored with an older count is told the newest, and gets in above it", async () => {
  const tabId = "tab-of-ann";
  const page = await arrive(server, { hello: { tabId, connection: 40 } });
  const restored = pageOf(openSocket(server, attemptOf(page, tabId, 7)));
  expect(await restored.next("bye")).toEqual({
    code: "stale_connection",
    reconnect: "now",
    newestConnection: 40,
  });
  expect(restored.count("welcome")).toBe(0);
  await until("it is closed", () => restored.closed() !== undefined);
  const next = pageOf(openSocket(server, attemptOf(page, tabId, 41)));
  expect(await next.next("welcome")).toMatchObject({ resumed: true });
});

test("[S10] [V2] [S4] a page that does not count its connections takes over as ever", async () => {
  const page = await arrive(server, { hello: { tabId: "tab" } });
  const { connection: _, ...uncounted } = attemptOf(page, "tab", 1);
  const again = pageOf(openSocket(server, uncounted));
  expect(await again.next("welcome")).toMatchObject({ resumed: true });
  expect(await page.next("bye")).toMatchObject({ code: "session_resumed" });
});
