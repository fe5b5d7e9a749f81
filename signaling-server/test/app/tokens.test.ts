import { afterEach, expect, test } from "vitest";
import {
  arrive,
  hello,
  mint,
  NO_HURRY,
  openSocket,
  pageOf,
  refusalOf,
  serve,
  type TestServer,
  until,
} from "./page.ts";

let server: TestServer;
afterEach(() => server.stop());

const userOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()).sub;
const USER = "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22";
const DEVICE = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";

/** Waits until a page's token has no more than this left, by the word of the server: what is minted then ends later. */
const untilLeft = (page: Awaited<ReturnType<typeof arrive>>, leftMs: number) =>
  until(`the token has ${leftMs} ms left`, async () => {
    const answer = await page.request("refresh-token", { token: page.token });
    return answer.ok && answer.expiresInMs <= leftMs;
  });

test("[S3] a connection whose token is over gets a bye; one with a newer token stays (C15, C42, C45)", async () => {
  server = await serve({ ...NO_HURRY, TOKEN_TTL_MS: "5000", TOKEN_GRACE_MS: "0" });
  const { token } = await mint(server);
  const [kept, lost] = [await arrive(server, { token }), await arrive(server)];
  expect(kept.welcome.tokenExpiresInMs).toBeLessThanOrEqual(5_000);
  await untilLeft(kept, 3_500);
  const renewed = await mint(server, { token });
  expect(userOf(renewed.token)).toBe(userOf(token));
  expect(await kept.request("refresh-token", renewed)).toMatchObject({ ok: true });
  await until("the token is over", () => lost.count("bye") === 1, 8_000);
  expect(await lost.next("bye")).toEqual({ code: "token_expired", reconnect: "now" });
  await until("the connection is closed", () => lost.closed() !== undefined);
  expect(kept.closed()).toBeUndefined();
  expect(kept.count("bye")).toBe(0);
  expect(server.log.text()).not.toContain(token);
});

test("[S3] an older token replaces nothing, however often it is said (I19)", async () => {
  server = await serve({ ...NO_HURRY, TOKEN_TTL_MS: "5000", TOKEN_GRACE_MS: "0" });
  const page = await arrive(server);
  await untilLeft(page, 4_000);
  const renewed = await mint(server, { token: page.token });
  await page.request("refresh-token", renewed);
  for (let n = 0; n < 3; n += 1) {
    const answer = await page.request("refresh-token", { token: page.token });
    expect(answer).toMatchObject({ ok: false, error: { code: "token_invalid" } });
    const still = await page.request("refresh-token", renewed);
    expect(still.ok && still.expiresInMs).toBeGreaterThan(4_000);
  }
});

test("[S3] a provider's token that ends earlier replaces nothing", async () => {
  let expiresInMs = 60_000;
  server = await serve(
    {},
    {
      verifier: {
        verify: async () => ({
          ok: true,
          identity: { userId: USER, deviceGroup: undefined, expiresInMs },
        }),
      },
    },
  );
  const page = await arrive(server, { token: "a" });
  expiresInMs = 1_000;
  const answer = await page.request("refresh-token", { token: "b" });
  expect(answer.ok && answer.expiresInMs).toBeGreaterThan(50_000);
});

test("[S3] another person's token, or none, replaces nothing", async () => {
  server = await serve(NO_HURRY);
  const page = await arrive(server);
  const other = await mint(server);
  expect(await page.request("refresh-token", other)).toMatchObject({
    ok: false,
    error: { code: "token_invalid" },
  });
  expect(await page.request("refresh-token", { token: "x" })).toMatchObject({
    error: { code: "token_invalid" },
  });
  expect(await page.request("status", {})).toMatchObject({ ok: true });
});

test("[S2] an expired token is refused as expired, and still gets a new one for the same person (C44)", async () => {
  server = await serve({ ...NO_HURRY, TOKEN_TTL_MS: "5000", TOKEN_LEEWAY_MS: "0" });
  const { token } = await mint(server);
  let refusal: unknown;
  await until(
    "the token is over",
    async () => {
      const socket = openSocket(server, hello(token));
      refusal = await refusalOf(socket).catch(() => undefined);
      socket.close();
      return refusal !== undefined;
    },
    8_000,
  );
  expect(refusal).toMatchObject({ code: "token_expired" });
  expect(userOf((await mint(server, { token })).token)).toBe(userOf(token));
});

test("[S2] an identity provider that is out of reach for a moment keeps nobody out, and one that stays away says so (C43)", async () => {
  let failures = 2;
  let asked = 0;
  server = await serve(NO_HURRY, {
    verifier: {
      verify: async () => {
        asked += 1;
        if (asked <= failures) throw new TypeError("fetch failed");
        return { ok: true, identity: { userId: USER, deviceGroup: undefined, expiresInMs: 60_000 } };
      },
    },
  });
  const page = await arrive(server, { token: "a-token-of-the-provider" });
  expect([page.welcome.state, asked]).toEqual([{ kind: "idle" }, 3]);

  failures = Number.POSITIVE_INFINITY;
  const refused = await refusalOf(openSocket(server, hello("a-token-of-the-provider")));
  expect(refused).toMatchObject({ code: "identity_unavailable", retryAfterMs: 1_000 });
  expect(asked).toBe(6);
  expect(server.log.text()).not.toContain("a-token-of-the-provider");
});

test("[S5] with a scope of the device the newest tab wins, and says why to the older (C1, C12, C13)", async () => {
  server = await serve({ ...NO_HURRY, IDENTITY_SCOPE: "device" });
  const tabs = [];
  for (let tab = 0; tab < 3; tab += 1)
    tabs.push(await arrive(server, { token: (await mint(server, { deviceGroup: DEVICE })).token }));
  const [first, second, third] = tabs;
  expect(await first?.next("bye")).toEqual({ code: "superseded", reconnect: "no" });
  expect(await second?.next("bye")).toEqual({ code: "superseded", reconnect: "no" });
  expect(third?.closed()).toBeUndefined();
  await until("one connection is left", async () => (await server.getStats()).totalSockets === 1);
  expect(await server.getStats()).toMatchObject({ totalUsers: 1 });
});

test("[S5] tabs that fight are told to stop, until the person asks for one (C10)", async () => {
  server = await serve({ ...NO_HURRY, IDENTITY_SCOPE: "device" });
  const { token } = await mint(server, { deviceGroup: DEVICE });
  for (let tab = 0; tab < 4; tab += 1) await arrive(server, { token });
  const refused = pageOf(openSocket(server, hello(token)));
  expect(await refused.next("bye")).toEqual({ code: "superseded", reconnect: "no" });
  await until("it is closed", () => refused.closed() !== undefined);
  expect(refused.count("welcome")).toBe(0);
  const forced = await arrive(server, { token, hello: { force: true } });
  expect(forced.welcome.epoch).toBe(5);
  expect(await server.getStats()).toMatchObject({ totalUsers: 1 });
});
