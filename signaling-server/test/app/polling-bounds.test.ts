import { afterEach, beforeEach, expect, test } from "vitest";
import {
  arrive,
  hello,
  meet,
  mint,
  NO_HURRY,
  ORIGIN,
  offer,
  serve,
  type TestServer,
  until,
  WITHOUT_LIMITS,
} from "./page.ts";

let server: TestServer;
beforeEach(async () => {
  server = await serve(NO_HURRY);
});
afterEach(() => server.stop());

const POLL = "/socket.io/?EIO=4&transport=polling";

/** A polling connection that has said hello with this token, or has not. */
async function openPolling(token?: string) {
  const headers = { origin: ORIGIN, "content-type": "text/plain;charset=UTF-8" };
  const opened = await (await fetch(server.url + POLL, { headers })).text();
  const { sid } = JSON.parse(opened.slice(1));
  const url = `${server.url}${POLL}&sid=${sid}`;
  const post = (body: string) => fetch(url, { method: "POST", headers, body });
  const poll = async () => (await fetch(url, { headers })).text();
  if (token) {
    await post(`40${JSON.stringify(hello(token))}`);
    let heard = "";
    while (!heard.includes("welcome")) heard += await poll();
  }
  const preflight = () => fetch(url, { method: "OPTIONS", headers });
  return { post, poll, preflight };
}

async function stillMeets(pair: Awaited<ReturnType<typeof meet>>): Promise<void> {
  expect(await pair.a.request("signal", offer(pair.roomId, 1))).toEqual({ ok: true });
  expect(await pair.b.next("signal")).toEqual(offer(pair.roomId, 1));
}

test.each([
  ["events without an acknowledgement", '42["x"]'],
  ["searches", '420["find",{"requestId":"x"}]'],
])(
  "[W10] for a polling body of thousands of %s its connection is closed, and nothing of it is done",
  async (_what, packet) => {
    const pair = await meet(server);
    const line = await openPolling((await mint(server)).token);
    const count = Math.floor(60_000 / (packet.length + 1));
    await line.post(Array(count).fill(packet).join("\u001e")).catch(() => undefined);
    let heard = "";
    await until("the end", async () => {
      heard += await line.poll();
      return heard.includes("bye") || heard.includes("unknown");
    });
    expect(heard).toContain("protocol_abuse");
    expect(heard).not.toMatch(/problem|43/);
    await until("its session is gone", async () => (await server.getStats()).totalUsers === 2);
    await stillMeets(pair);
  },
);

/** Polls until the connection is closed; what it has heard by then. */
async function hearOut({ poll }: Awaited<ReturnType<typeof openPolling>>): Promise<string> {
  let heard = "";
  while (!/"bye"|Session ID unknown/.test(heard)) heard += await poll();
  return heard;
}

test("[W10] small polling bodies, one after the other without end, are cut off, with a bye, and harm nobody", async () => {
  const pair = await meet(server);
  const line = await openPolling((await mint(server)).token);
  const hearing = hearOut(line);
  // Each alone may come; nothing answers them, so that the bound of what waits (W9) has no part in it.
  const body = Array(200).fill("3").join("\u001e");
  let bodies = 0;
  await until("it is cut", async () => {
    bodies += 1;
    return (await line.post(body)).status !== 200;
  });
  // Each packet counts, and each request; 2,000 are free at once.
  expect(bodies).toBeGreaterThanOrEqual(9);
  expect(await hearing).toContain('"bye",{"code":"protocol_abuse"');
  await until("its session is gone", async () => (await server.getStats()).totalUsers === 2);
  await stillMeets(pair);
});

test("[W10] each request of a polling connection counts, also one that carries nothing", async () => {
  await server.stop();
  server = await serve(NO_HURRY, { limits: { ...WITHOUT_LIMITS, frames: { burst: 300, perSecond: 1 } } });
  const pair = await meet(server);
  const line = await openPolling((await mint(server)).token);
  const hearing = hearOut(line);
  for (let n = 0; n < 80; n += 1) expect((await line.preflight()).status).toBe(204);
  expect((await server.getStats()).totalUsers).toBe(3);
  await until("it is cut", async () => {
    await line.preflight();
    return (await server.getStats()).totalUsers === 2;
  });
  expect(await hearing).toContain('"bye",{"code":"protocol_abuse"');
  await stillMeets(pair);
});

test("[W10] a page may send in one polling body what it has gathered", async () => {
  const line = await openPolling((await mint(server)).token);
  const packets = Array.from({ length: 200 }, (_, n) => `42${n}["status",{}]`);
  expect((await line.post(packets.join("\u001e"))).status).toBe(200);
  let heard = "";
  await until("the answers", async () => {
    heard += await line.poll();
    return heard.includes("43199[");
  });
});

test("[W12] openers who say no hello cost a bounded number of connections, and newcomers get in", async () => {
  const headers = { origin: ORIGIN };
  const openers = async () => {
    for (let n = 0; n < 150; n += 1) await (await fetch(server.url + POLL, { headers })).text();
  };
  await Promise.all(Array.from({ length: 10 }, openers));
  const page = await arrive(server);
  expect(page.welcome.state).toEqual({ kind: "idle" });
  const closed = server.log.lines.filter(({ fields }) => fields["offence"] === "no-hello").length;
  expect(closed).toBeGreaterThanOrEqual(450);
}, 60_000);

test("[W1] there is no JSONP", async () => {
  const answer = await fetch(`${server.url}${POLL}&j=0`, { headers: { origin: ORIGIN } });
  expect(answer.status).toBe(400);
});
