import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Challenge, type ChallengeAnswer, MintRefusal, MintReply } from "@serendip/protocol";
import { afterEach, expect, test } from "vitest";
import { leadingZeroBits } from "../../src/edge/gatekeeper/proof-of-work.ts";
import { arrive, mint, serve, type TestServer } from "./page.ts";

let server: TestServer;
let service: Server | undefined;
afterEach(async () => {
  await server.stop();
  service?.closeAllConnections();
  await new Promise((resolve) => (service ? service.close(resolve) : resolve(undefined)));
  service = undefined;
});

async function ask(answer?: ChallengeAnswer, token?: string) {
  const response = await fetch(`${server.url}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(answer ? { answer } : {}),
  });
  const body: unknown = await response.json();
  return { status: response.status, body, retryAfter: response.headers.get("retry-after") };
}

async function challenged(): Promise<Challenge> {
  const { status, body } = await ask();
  expect(status).toBe(401);
  const refusal = MintRefusal.parse(body);
  expect(refusal.code).toBe("challenge_required");
  if (!refusal.challenge) throw new Error("no challenge");
  return refusal.challenge;
}

function solve(challenge: Challenge): ChallengeAnswer {
  if (challenge.kind !== "proof-of-work") throw new Error(challenge.kind);
  const { nonce, bits } = challenge;
  let counter = 0;
  while (leadingZeroBits(nonce, counter) < bits) counter += 1;
  return { kind: "proof-of-work", nonce, counter };
}

test("[S17] with GATEKEEPER=proof-of-work a newcomer computes, and whoever is known does not", async () => {
  server = await serve({ GATEKEEPER: "proof-of-work", PROOF_OF_WORK_BITS: "8" });
  const { status, body } = await ask(solve(await challenged()));
  expect(status).toBe(200);
  const { token } = MintReply.parse(body);
  await arrive(server, { token });
  const renewed = await mint(server, { token });
  await arrive(server, { token: renewed.token });
});

test("[S17] one answer is for one device group: with another one whoever is known computes again", async () => {
  server = await serve({ GATEKEEPER: "proof-of-work", PROOF_OF_WORK_BITS: "8" });
  const { token } = MintReply.parse((await ask(solve(await challenged()))).body);
  const first = await mint(server, { token, deviceGroup: "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11" });
  const other = mint(server, { ...first, deviceGroup: "11111111-12f4-4d5b-8a37-0c6a9b8f3e11" });
  await expect(other).rejects.toThrow("challenge_required");
});

test("[S17] an answer that was used, made up, too light or changed gets another challenge", async () => {
  server = await serve({ GATEKEEPER: "proof-of-work", PROOF_OF_WORK_BITS: "8" });
  const good = solve(await challenged());
  expect((await ask(good)).status).toBe(200);
  if (good.kind !== "proof-of-work") throw new Error(good.kind);
  const light = await challenged();
  if (light.kind !== "proof-of-work") throw new Error(light.kind);
  let counter = 0;
  while (leadingZeroBits(light.nonce, counter) >= 8) counter += 1;
  const tries: readonly ChallengeAnswer[] = [
    good,
    { ...good, nonce: "x" },
    { ...good, nonce: good.nonce.replace(/^./, "0") },
    { kind: "proof-of-work", nonce: light.nonce, counter },
    { kind: "token", token: "x" },
  ];
  for (const answer of tries) {
    const { status, body } = await ask(answer);
    expect(status, JSON.stringify(answer)).toBe(401);
    expect(MintRefusal.parse(body).challenge).toMatchObject({ kind: "proof-of-work", bits: 8 });
  }
  expect((await ask({ kind: "nonsense" } as never)).status).toBe(400);
});

interface Asked {
  readonly body: string;
  readonly path: string | undefined;
}

/** A challenge service on loopback, which notes what it is asked. */
async function serviceThat(
  answers: (asked: Asked) => { readonly status?: number; readonly body: string } | "nothing",
) {
  const asked: Asked[] = [];
  service = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push({ body, path: request.url });
      const answer = answers({ body, path: request.url });
      if (answer === "nothing") return;
      response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => service?.listen(0, "127.0.0.1", resolve));
  const { port } = service.address() as AddressInfo;
  return { asked, url: `http://127.0.0.1:${port}/siteverify` };
}

const withService = (url: string, more: Record<string, string> = {}) =>
  serve({
    GATEKEEPER: "challenge-service",
    CHALLENGE_PROVIDER: "turnstile",
    CHALLENGE_SITE_KEY: "the-site-key",
    CHALLENGE_SECRET: "the-secret-of-the-service",
    CHALLENGE_VERIFY_URL: url,
    CHALLENGE_TIMEOUT_MS: "300",
    ...more,
  });

test("[S18] a newcomer's token is verified by the service, which learns no address", async () => {
  const { asked, url } = await serviceThat(({ body }) => ({
    body: JSON.stringify({
      success: new URLSearchParams(body).get("response") === "good",
      "error-codes": ["timeout-or-duplicate"],
    }),
  }));
  server = await withService(url);
  expect(await challenged()).toEqual({ kind: "token", provider: "turnstile", siteKey: "the-site-key" });
  expect(asked).toEqual([]);
  expect((await ask({ kind: "token", token: "bad" })).status).toBe(401);
  const { status, body } = await ask({ kind: "token", token: "good" });
  expect(status).toBe(200);
  expect(asked.map((one) => one.body)).toEqual([
    "secret=the-secret-of-the-service&response=bad",
    "secret=the-secret-of-the-service&response=good",
  ]);
  const { token } = MintReply.parse(body);
  await mint(server, { token });
  expect(asked).toHaveLength(2);
  expect(server.log.text()).not.toMatch(/the-secret|"good"/);
});

const DOWN = [
  ["does not answer", () => "nothing" as const],
  ["answers 500", () => ({ status: 500, body: "{}" })],
  ["sends no JSON", () => ({ body: "<html>" })],
  ["sends something else", () => ({ body: '{"ok":true}' })],
  ["sends too much", () => ({ body: `{"success":true,"x":"${"x".repeat(20_000)}"}` })],
  ["refuses the secret", () => ({ body: '{"success":false,"error-codes":["invalid-input-secret"]}' })],
] as const;

test.each(DOWN)(
  "[S18] a service that %s keeps newcomers out, who are told to try later",
  async (_what, answers) => {
    const { url } = await serviceThat(answers);
    server = await withService(url);
    const { status, body, retryAfter } = await ask({ kind: "token", token: "good" });
    expect([status, retryAfter]).toEqual([503, "5"]);
    expect(body).toMatchObject({ code: "unavailable", retryAfterMs: 5_000 });
    const line = server.log.lines.find(({ message }) => message === "The challenge service cannot be asked");
    expect(line).toMatchObject({
      level: "warn",
      fields: { provider: "turnstile", reason: expect.any(String) },
    });
    expect(server.log.text()).not.toMatch(/the-secret/);
  },
);

test("[S18] with CHALLENGE_WHEN_DOWN=open newcomers get in while the service is away, but not without an answer", async () => {
  server = await withService("http://127.0.0.1:1/siteverify", { CHALLENGE_WHEN_DOWN: "open" });
  expect((await ask({ kind: "token", token: "whatever" })).status).toBe(200);
  expect((await ask()).status).toBe(401);
});

test("[S18] a service that refuses a token in words of its own is not away: nobody gets in by an odd answer", async () => {
  const { asked, url } = await serviceThat(({ body }) => ({
    status: 403,
    body: `<h1>Forbidden</h1>${body.endsWith("long") ? "x".repeat(20_000) : ""}`,
  }));
  server = await withService(url, { CHALLENGE_WHEN_DOWN: "open" });
  for (const token of ["odd", "long"]) expect((await ask({ kind: "token", token })).status).toBe(401);
  expect(asked).toHaveLength(2);
  expect(server.log.lines).toContainEqual(
    expect.objectContaining({
      level: "warn",
      message: "The challenge service refuses a token without a verdict",
      fields: { provider: "turnstile", status: 403 },
    }),
  );
});

test.each(["<script>", "a b", "ä", "a\u0000", "x".repeat(2_049)])(
  "[S18] what no service gives out (%j) is not shown to one, and lets nobody in",
  async (token) => {
    const { asked, url } = await serviceThat(() => ({ status: 500, body: "" }));
    server = await withService(url, { CHALLENGE_WHEN_DOWN: "open" });
    expect((await ask({ kind: "token", token })).status).toBe(401);
    expect(asked).toEqual([]);
  },
);

test("[S18] answers beyond 50 at once have to wait, also where a service that is away lets everybody in", async () => {
  const { asked, url } = await serviceThat(() => "nothing");
  server = await withService(url, { CHALLENGE_WHEN_DOWN: "open", CHALLENGE_TIMEOUT_MS: "2000" });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => ask({ kind: "token", token: `t${n}` })),
  );
  expect(asked.length).toBe(50);
  expect(answers.filter(({ status }) => status === 503)).toHaveLength(10);
});
