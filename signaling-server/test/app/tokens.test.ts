import { afterEach, expect, test } from "vitest";
import { arrive, hello, mint, openSocket, pageOf, refusalOf, serve, type TestServer, until } from "./page.ts";

let server: TestServer;
afterEach(() => server.stop());

const userOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()).sub;
const DEVICE = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";

test("[S3] a connection whose token is over gets a bye; one with a newer token stays (C15, C42, C45)", async () => {
  server = await serve({ TOKEN_TTL_MS: "5000", TOKEN_GRACE_MS: "0" });
  const { token } = await mint(server);
  const [kept, lost] = [await arrive(server, { token }), await arrive(server)];
  expect(kept.welcome.tokenExpiresInMs).toBeLessThanOrEqual(5_000);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const renewed = await mint(server, { token });
  expect(userOf(renewed.token)).toBe(userOf(token));
  expect(await kept.request("refresh-token", renewed)).toMatchObject({ ok: true });
  expect(await lost.next("bye").catch(() => lost.next("bye"))).toEqual({
    code: "token_expired",
    reconnect: "now",
  });
  await until("the connection is closed", () => lost.closed() !== undefined);
  expect(kept.closed()).toBeUndefined();
  expect(kept.count("bye")).toBe(0);
  expect(server.log.text()).not.toContain(token);
});

test("[S3] an older token replaces nothing, however often it is said (C42, I19)", async () => {
  server = await serve({ TOKEN_TTL_MS: "5000", TOKEN_GRACE_MS: "0" });
  const page = await arrive(server);
  const arrivedAt = performance.now();
  await until("a second has passed", () => performance.now() - arrivedAt > 1_000);
  await page.request("refresh-token", await mint(server, { token: page.token }));
  for (let n = 0; n < 3; n += 1) {
    const answer = await page.request("refresh-token", { token: page.token });
    expect(answer.ok && answer.expiresInMs).toBeGreaterThan(4_500);
  }
});

test("[S3] another person's token, or none, replaces nothing", async () => {
  server = await serve();
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
  server = await serve({ TOKEN_TTL_MS: "5000", TOKEN_LEEWAY_MS: "0" });
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

test("[S5] with a scope of the device the newest tab wins, and says why to the older (C12, C13)", async () => {
  server = await serve({ IDENTITY_SCOPE: "device" });
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
  server = await serve({ IDENTITY_SCOPE: "device" });
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
