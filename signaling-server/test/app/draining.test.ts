import { afterEach, expect, test } from "vitest";
import { moveDelaysMs } from "../../src/edge/socket/draining.ts";
import {
  arrive,
  hello,
  meet,
  mint,
  offer,
  openSocket,
  refusalOf,
  serve,
  type TestServer,
  until,
} from "./page.ts";
import { serverProcesses } from "./server-process.ts";

let server: TestServer | undefined;
afterEach(() => server?.stop());

const ready = async ({ url }: TestServer) => (await fetch(`${url}/readyz`)).status;

test("[D1] [I21] a server that drains is not ready, lets nobody in, matches nobody, and tells each page once", async () => {
  server = await serve({ DRAIN_MS: "60000", REMATCH_MS: "0" });
  const { a, b, roomId } = await meet(server);
  const waiting = await arrive(server);
  await waiting.request("find", { requestId: "first" });
  const idle = await arrive(server);
  let isOver = false;
  const drained = server.drain().then(() => {
    isOver = true;
  });
  for (const page of [a, b, waiting, idle]) expect((await page.next("draining")).delayMs).toBeLessThan(2_000);
  expect(await ready(server)).toBe(503);

  const { token } = await mint(server);
  expect(await refusalOf(openSocket(server, hello(token)))).toMatchObject({
    code: "draining",
    retryAfterMs: 1_000,
  });
  const second = await idle.request("find", { requestId: "second" });
  expect(second).toMatchObject({ ok: true, state: { kind: "queued" } });
  expect(await waiting.request("status", {})).toMatchObject({ state: { kind: "queued" } });
  // A call goes on.
  expect(await a.request("signal", offer(roomId, 1))).toEqual({ ok: true });
  expect(await b.next("signal")).toEqual(offer(roomId, 1));
  expect(await a.request("status", {})).toMatchObject({ state: { kind: "in-room" } });

  expect(isOver).toBe(false);
  for (const page of [a, b, waiting, idle]) expect(page.count("draining")).toBe(1);
  for (const page of [a, b, waiting, idle]) page.close();
  await drained;
});

test("[D1] everybody left when the time is over gets a bye, and comes back at 500 a second", async () => {
  server = await serve({ DRAIN_MS: "100" });
  const pages = [await arrive(server), await arrive(server), await arrive(server)];
  await server.drain();
  const stopped = server.stop();
  const byes = await Promise.all(pages.map((page) => page.next("bye")));
  expect(byes).toEqual([0, 2, 4].map((delayMs) => ({ code: "draining", reconnect: "after", delayMs })));
  await stopped;
});

test("[D2] pages move over 2 s, 500 a second where they are many, and in half of the time that there is", () => {
  expect(moveDelaysMs(0, 25_000)).toEqual([]);
  expect(moveDelaysMs(4, 25_000)).toEqual([0, 500, 1_000, 1_500]);
  expect(moveDelaysMs(4, 1_000)).toEqual([0, 125, 250, 375]);
  const many = moveDelaysMs(5_000, 25_000);
  expect(many.at(-1)).toBe(9_998);
  expect(many.filter((ms) => ms < 1_000)).toHaveLength(500);
  // Of more than there is time for the others hear only the bye.
  const most = moveDelaysMs(50_000, 25_000);
  expect(most).toHaveLength(6_250);
  expect(most.at(-1)).toBe(12_498);
  expect(moveDelaysMs(50_000, 1_000)).toHaveLength(250);
  expect(moveDelaysMs(3, 0)).toEqual([]);
});

const { start } = serverProcesses();

test("[D1] [C39] SIGTERM drains first: pages hear of it, and may stay", async () => {
  const process = start({ env: { DRAIN_MS: "20000" } });
  const url = await process.url();
  const page = await arrive({ url });
  process.child.kill("SIGTERM");
  await page.next("draining");
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect(page.count("bye")).toBe(0);
  page.drop();
  expect(await process.exited()).toBe(0);
});

test("[D1] [C39] SIGTERM ends a server that nobody is at, whatever DRAIN_MS is", async () => {
  const process = start({ env: { DRAIN_MS: "120000" } });
  await process.url();
  process.child.kill("SIGTERM");
  expect(await process.exited()).toBe(0);
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "[D1] [C39] a second signal (%s) ends the drain at once",
  async (signal) => {
    const process = start({ env: { DRAIN_MS: "120000" } });
    const page = await arrive({ url: await process.url() });
    process.child.kill("SIGTERM");
    await page.next("draining");
    process.child.kill(signal);
    expect(await process.exited()).toBe(1);
  },
);

test("[D1] [C39] SIGINT says bye at once", async () => {
  const process = start({ env: { DRAIN_MS: "120000" } });
  const page = await arrive({ url: await process.url() });
  process.child.kill("SIGINT");
  expect((await page.next("bye")).code).toBe("draining");
  expect(page.count("draining")).toBe(0);
  expect(await process.exited()).toBe(0);
});

test("[D1] a hello whose token is still being checked when the drain begins is refused", async () => {
  let answer = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let isAsked = false;
  server = await serve(
    { DRAIN_MS: "100" },
    {
      verifier: {
        async verify() {
          isAsked = true;
          await asked;
          return {
            ok: true,
            identity: {
              userId: "00000000-0000-4000-8000-000000000001",
              deviceGroup: undefined,
              expiresInMs: 60_000,
            },
          };
        },
      } as never,
    },
  );
  const refusal = refusalOf(openSocket(server, hello("any")));
  await until("the token is being checked", () => isAsked);
  await server.drain();
  answer();
  expect(await refusal).toMatchObject({ code: "draining" });
});

test("[D1] the drain is over as soon as nobody is left", async () => {
  server = await serve({ DRAIN_MS: "60000" });
  const page = await arrive(server);
  const drained = server.drain();
  await page.next("draining");
  page.drop();
  await until("the drain is over", () => drained.then(() => true));
});
