import { afterEach, beforeEach, expect, test } from "vitest";
import { arrive, hello, mint, ORIGIN, offer, type Page, serve, type TestServer } from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve();
});
afterEach(() => server.stop());

/** A page over polling that polls when it is told, as one does whose network takes its time. */
async function slowPage() {
  const { token } = await mint(server);
  const address = `${server.url}/socket.io/?EIO=4&transport=polling`;
  const headers = { origin: ORIGIN };
  const opened = await (await fetch(address, { headers })).text();
  const { sid } = JSON.parse(opened.slice(1)) as { readonly sid: string };
  const line = `${address}&sid=${sid}`;
  let heard = "";
  const page = {
    heard: () => heard,
    async send(packet: string) {
      const way = { method: "POST", headers: { ...headers, "content-type": "text/plain" }, body: packet };
      expect((await fetch(line, way)).status).toBe(200);
    },
    async poll() {
      const response = await fetch(line, { headers });
      expect(response.status).toBe(200);
      heard += await response.text();
    },
    async pollUntil(text: string) {
      while (!heard.includes(text)) await page.poll();
    },
  };
  await page.send(`40${JSON.stringify(hello(token))}`);
  await page.pollUntil('"welcome"');
  return page;
}

/** Sends the partner as much as one may at once, and lets it go. */
async function strike(villain: Page, requestId: string): Promise<string[]> {
  void villain.request("find", { requestId });
  const { roomId } = (await villain.next("matched")).room;
  const sdp = "x".repeat(16_000);
  const sent = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((sequence) => villain.request("signal", offer(roomId, sequence, sdp))),
  );
  await villain.request("give-up", { requestId: `${requestId}-over`, roomId });
  return sent.map((reply) => (reply.ok ? "passed" : reply.error.code));
}

test("[R12] [W9] a row of partners between two polls neither fills the connection of somebody who waits nor cuts it", async () => {
  const villains = await Promise.all([1, 2, 3, 4].map(() => arrive(server)));
  const victim = await slowPage();
  await victim.send('421["find",{"requestId":"find-v"}]');
  await victim.pollUntil('"queued"');
  const outcomes: string[][] = [];
  for (const [n, villain] of villains.entries()) outcomes.push(await strike(villain, `find-${n}`));
  expect(outcomes[0]).toEqual(Array(6).fill("passed"));
  // The sender is slowed, however often it is somebody else.
  expect(outcomes.slice(2).flat()).toContain("rate_limited");
  await victim.pollUntil("media-failed");
  expect(server.log.text()).not.toContain("does not read what it is sent");

  const honest = await arrive(server);
  void honest.request("find", { requestId: "find-h" });
  const { roomId } = (await honest.next("matched")).room;
  const mine = { ...offer(roomId, 1), signal: { kind: "offer", sdp: "v=0 at-last" } } as const;
  for (;;) {
    const reply = await honest.request("signal", mine);
    if (reply.ok) break;
    expect(reply.error).toMatchObject({ code: "rate_limited" });
    await new Promise((resolve) => setTimeout(resolve, reply.error.retryAfterMs));
  }
  await victim.pollUntil("at-last");
}, 20_000);
