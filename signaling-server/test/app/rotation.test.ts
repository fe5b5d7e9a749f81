import { afterEach, expect, test } from "vitest";
import {
  arrive,
  hello,
  mint,
  NO_HURRY,
  openSocket,
  refusalOf,
  serve,
  type TestServer,
  until,
} from "./page.ts";

let server: TestServer;
afterEach(() => server.stop());

const userOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()).sub;

/** The status and code of a mint that is refused. */
async function refusedMint(token: string): Promise<readonly [number, string]> {
  const response = await fetch(`${server.url}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: "{}",
  });
  const { code } = (await response.json()) as { code: string };
  return [response.status, code];
}

async function refusedHello(token: string): Promise<unknown> {
  const socket = openSocket(server, hello(token));
  const refusal = await refusalOf(socket);
  socket.close();
  return refusal;
}

test("[S14] one token shown 100 times has one successor: with the first that is shown all others are used up (A10)", async () => {
  server = await serve(NO_HURRY);
  const { token } = await mint(server);
  const successors = await Promise.all(Array.from({ length: 100 }, () => mint(server, { token })));
  expect(new Set(successors.map((one) => userOf(one.token)))).toEqual(new Set([userOf(token)]));
  const [chosen = { token: "" }, ...others] = successors;
  const page = await arrive(server, { token: chosen.token });
  for (const used of [token, others[0]?.token ?? "", others.at(-1)?.token ?? ""]) {
    expect(await refusedMint(used)).toEqual([401, "token_invalid"]);
    expect(await refusedHello(used)).toMatchObject({ code: "token_invalid" });
    expect(await page.request("refresh-token", { token: used })).toMatchObject({
      ok: false,
      error: { code: "token_invalid" },
    });
  }
  // The line goes on, and the connection is as it was.
  expect(await page.request("status", {})).toMatchObject({ ok: true });
  const next = await mint(server, { token: chosen.token });
  expect(await page.request("refresh-token", next)).toMatchObject({ ok: true });
  expect(await refusedMint(chosen.token)).toEqual([401, "token_invalid"]);
});

test("[S14] a token whose successor nobody shows counts for a while after it was replaced, and no longer", async () => {
  server = await serve({ ...NO_HURRY, TOKEN_SUCCESSION_MS: "1000" });
  const { token } = await mint(server);
  const page = await arrive(server, { token });
  const first = await mint(server, { token });
  let later = first;
  await until("it counts no longer", async () => {
    const again = await mint(server, { token }).catch(() => undefined);
    if (again) later = again;
    return again === undefined;
  });
  expect(await refusedHello(token)).toMatchObject({ code: "token_invalid" });
  // What was made of it meanwhile is good.
  expect(await page.request("refresh-token", later)).toMatchObject({ ok: true });
});

test("[S15] a lost answer to a mint costs nobody the room: the page asks again with the old token", async () => {
  server = await serve();
  const { token } = await mint(server);
  const page = await arrive(server, { token });
  const { sessionId, resumeSecret, epoch } = page.welcome;
  await page.request("find", { requestId: "f" });
  page.drop();
  // The answer to this one never reaches the page.
  await mint(server, { token });
  const again = await mint(server, { token });
  const resume = { sessionId, resumeSecret, epoch, peerConnection: "lost" } as const;
  const back = await arrive(server, { token: again.token, hello: { resume } });
  expect(back.welcome).toMatchObject({ sessionId, resumed: true, state: { kind: "queued" } });
});

test("[S15] a token that is replaced still says hello until its successor is shown", async () => {
  server = await serve();
  const { token } = await mint(server);
  const successor = await mint(server, { token });
  const page = await arrive(server, { token });
  expect(await page.request("refresh-token", successor)).toMatchObject({ ok: true });
  expect(await refusedHello(token)).toMatchObject({ code: "token_invalid" });
});

test("[S15] two tabs of one browser have tokens of their own lines, and none uses up the other's", async () => {
  server = await serve({ IDENTITY_SCOPE: "device" });
  const deviceGroup = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";
  const [one, other] = [await mint(server, { deviceGroup }), await mint(server, { deviceGroup })];
  expect(userOf(one.token)).toBe(userOf(other.token));
  const renewed = await mint(server, { deviceGroup, token: one.token });
  await arrive(server, { token: renewed.token });
  const page = await arrive(server, { token: other.token });
  expect(page.welcome.epoch).toBe(2);
});
