import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ChallengeAnswer, errorBody, type MintRefusal } from "@serendip/protocol";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { httpTokenSource } from "../../src/signaling/http-token-source.browser.ts";
import { IdentityFailure, type SolveChallenge } from "../../src/signaling/token-source.port.ts";

const GROUP = "0b0c9d6e-3c67-4f0e-9d3f-6d4f7d1f2a11";
const never = new AbortController().signal;

interface Asked {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

let server: Server;
let url: string;
let asked: Asked[];
let answer: (response: ServerResponse, request: IncomingMessage) => void;

const json = (status: number, body: unknown) => (response: ServerResponse) => {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
};

beforeEach(async () => {
  asked = [];
  answer = json(200, { token: "t1", expiresInMs: 300_000 });
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += String(chunk);
    });
    request.on("end", () => {
      asked.push({
        path: `${request.method} ${request.url}`,
        authorization: request.headers.authorization,
        body: JSON.parse(text),
      });
      answer(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const source = (
  options: {
    readonly url?: string;
    readonly group?: string;
    readonly timeoutMs?: number;
    readonly solveChallenge?: SolveChallenge;
  } = {},
) =>
  httpTokenSource({
    url: options.url ?? url,
    deviceGroup: () => options.group,
    timeoutMs: options.timeoutMs,
    solveChallenge: options.solveChallenge,
  });

async function failure(of: Promise<unknown>): Promise<string> {
  return (await failureOf(of)).code;
}

async function failureOf(of: Promise<unknown>): Promise<IdentityFailure> {
  const error = await of.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(IdentityFailure);
  return error as IdentityFailure;
}

describe("[S1] anonymous tokens", () => {
  test("a first token: the device group goes along, once it is known", async () => {
    await expect(source().fetch(undefined, never)).resolves.toEqual({ token: "t1", expiresInMs: 300_000 });
    await source({ url: `${url}/`, group: GROUP }).fetch(undefined, never);
    expect(asked).toEqual([
      { path: "POST /v1/sessions", authorization: undefined, body: {} },
      { path: "POST /v1/sessions", authorization: undefined, body: { deviceGroup: GROUP } },
    ]);
  });

  test("[C26] the current token goes along as a bearer, never in the address", async () => {
    await source().fetch("t0", never);
    expect(asked[0]?.authorization).toBe("Bearer t0");
    expect(asked[0]?.path).toBe("POST /v1/sessions");
  });

  test("[C45] a current token that no longer counts is replaced by a new identity", async () => {
    answer = (response, request) =>
      request.headers.authorization
        ? json(401, {})(response)
        : json(200, { token: "t2", expiresInMs: 1 })(response);
    await expect(source().fetch("t0", never)).resolves.toMatchObject({ token: "t2" });
    expect(asked).toHaveLength(2);
  });
});

test("[S1] a browser without AbortSignal.any and AbortSignal.timeout gets its token too, and can be interrupted", async () => {
  for (const name of ["any", "timeout"] as const)
    vi.spyOn(AbortSignal, name).mockImplementation(() => {
      throw new TypeError(`AbortSignal.${name} is not a function`);
    });
  await expect(source().fetch(undefined, never)).resolves.toMatchObject({ token: "t1" });
  answer = () => {};
  const abort = new AbortController();
  const fetching = failure(source().fetch(undefined, abort.signal));
  abort.abort();
  await expect(fetching).resolves.toBe("unreachable");
  await expect(failure(source().fetch(undefined, AbortSignal.abort()))).resolves.toBe("unreachable");
  vi.restoreAllMocks();
});

describe("[S2] [C44] failures", () => {
  test.each([
    [400, "refused"],
    [401, "refused"],
    [403, "refused"],
    [404, "refused"],
    [408, "unreachable"],
    [429, "unreachable"],
    [500, "unreachable"],
    [503, "unreachable"],
  ])("status %i is %s", async (status, code) => {
    answer = json(status, {});
    await expect(failure(source().fetch(undefined, never))).resolves.toBe(code);
    expect(asked).toHaveLength(1);
  });

  test("[S16] a person who is shut out", async () => {
    answer = json(403, { code: "revoked", message: "out" });
    await expect(failure(source().fetch("t0", never))).resolves.toBe("revoked");
    expect(asked).toHaveLength(1);
  });

  test("an answer that is no token", async () => {
    for (const body of [{}, { token: "", expiresInMs: 1 }, "<html>"]) {
      answer = json(200, body);
      await expect(failure(source().fetch(undefined, never))).resolves.toBe("unreachable");
    }
    answer = (response) => response.end("<html>");
    await expect(failure(source().fetch(undefined, never))).resolves.toBe("unreachable");
  });

  test("a redirect is not followed: it would carry the token elsewhere", async () => {
    answer = (response) => response.writeHead(307, { Location: `${url}/elsewhere` }).end();
    await expect(failure(source().fetch("t0", never))).resolves.toBe("unreachable");
    expect(asked).toHaveLength(1);
  });

  test("[C5] no answer in time; an answer that stops half-way", async () => {
    answer = () => {};
    await expect(failure(source({ timeoutMs: 40 }).fetch(undefined, never))).resolves.toBe("unreachable");
    answer = (response) => response.writeHead(200, { "Content-Length": "100" }).write("{");
    await expect(failure(source({ timeoutMs: 40 }).fetch(undefined, never))).resolves.toBe("unreachable");
  });

  test("nobody there; cancelled", async () => {
    await expect(failure(source({ url: "http://127.0.0.1:1" }).fetch(undefined, never))).resolves.toBe(
      "unreachable",
    );
    await expect(failure(source().fetch(undefined, AbortSignal.abort()))).resolves.toBe("unreachable");
    expect(asked).toEqual([]);
  });
});

describe("[B11] a service that wants no mint for a while", () => {
  test.each([
    [429, errorBody("rate_limited", undefined, 1_234), { retryAfterMs: 1_234, why: "too-fast" }],
    [503, errorBody("server_full", undefined, 1_234), { retryAfterMs: 1_234, why: "full" }],
    [503, errorBody("unavailable", undefined, 1_234), { retryAfterMs: 1_234, why: undefined }],
    [503, { code: "of_the_future", message: "?", retryAfterMs: 7 }, { retryAfterMs: 7, why: undefined }],
    [429, "<html>", { retryAfterMs: 20_000, why: "too-fast" }],
  ])("status %i with %j", async (status, body, pause) => {
    answer = (response) =>
      response
        .writeHead(status, { "Content-Type": "application/json", "Retry-After": "20" })
        .end(JSON.stringify(body));
    expect(await failureOf(source().fetch("t0", never))).toMatchObject({ code: "unreachable", pause });
    expect(asked).toHaveLength(1);
  });

  test("a pause that nobody can read is none", async () => {
    answer = (response) => response.writeHead(429, { "Retry-After": "soon" }).end();
    const { pause } = await failureOf(source().fetch(undefined, never));
    expect(pause).toEqual({ retryAfterMs: undefined, why: "too-fast" });
  });
});

describe("[B14] a check before a token", () => {
  const TOKEN = { kind: "token", provider: "turnstile", siteKey: "key" } as const;
  const refusal = (challenge?: MintRefusal["challenge"]) => ({
    ...errorBody("challenge_required"),
    ...(challenge && { challenge }),
  });
  const answers = () => asked.map(({ body }) => (body as { answer?: ChallengeAnswer }).answer);
  /** Challenges until `isRight`, each with another nonce. */
  const challengeUntil = (isRight: (given: ChallengeAnswer) => boolean, next: (nth: number) => unknown) => {
    answer = (response) => {
      const given = answers().at(-1);
      if (given && isRight(given)) json(200, { token: "t1", expiresInMs: 1 })(response);
      else json(401, next(asked.length))(response);
    };
  };

  test("proof of work: a counter whose hash begins with as many zero bits goes back with the nonce, and the identity stays", async () => {
    const work: string[] = [];
    challengeUntil(
      () => true,
      (nth) => refusal({ kind: "proof-of-work", nonce: `nonce-${nth}`, bits: 9 }),
    );
    const reply = await source({ group: GROUP }).fetch("t0", never, () => work.push("work"));
    expect([reply.token, work.length]).toEqual(["t1", 1]);
    const [, given] = answers();
    if (given?.kind !== "proof-of-work") throw new Error("another answer");
    const digest = createHash("sha256").update(`${given.nonce}.${given.counter}`).digest();
    expect([given.nonce, digest.readUInt32BE(0) >>> 23]).toEqual(["nonce-1", 0]);
    expect(asked.map(({ authorization }) => authorization)).toEqual(["Bearer t0", "Bearer t0"]);
    expect(asked[1]?.body).toMatchObject({ deviceGroup: GROUP });
  });

  test("no bits at all: any counter will do", async () => {
    challengeUntil(
      () => true,
      () => refusal({ kind: "proof-of-work", nonce: "n", bits: 0 }),
    );
    await expect(source().fetch(undefined, never)).resolves.toMatchObject({ token: "t1" });
  });

  test("an answer that comes too late is followed by the next challenge, and that has an end", async () => {
    const work = (nth: number) => refusal({ kind: "proof-of-work", nonce: `nonce-${nth}`, bits: 1 });
    challengeUntil((given) => given.kind === "proof-of-work" && given.nonce === "nonce-3", work);
    await expect(source().fetch(undefined, never)).resolves.toMatchObject({ token: "t1" });
    asked = [];
    challengeUntil(() => false, work);
    await expect(failure(source().fetch(undefined, never))).resolves.toBe("unreachable");
    expect(asked).toHaveLength(4);
  });

  test("a token that no longer counts first, and then a challenge for somebody new", async () => {
    answer = (response, { headers }) => {
      if (headers.authorization) json(401, errorBody("token_invalid"))(response);
      else if (answers().at(-1)) json(200, { token: "t1", expiresInMs: 1 })(response);
      else json(401, refusal({ kind: "proof-of-work", nonce: "n", bits: 1 }))(response);
    };
    await expect(source().fetch("t0", never)).resolves.toMatchObject({ token: "t1" });
    expect(asked.map(({ authorization }) => authorization)).toEqual(["Bearer t0", undefined, undefined]);
  });

  test("the check of another service is put by the embedder", async () => {
    challengeUntil(
      (given) => given.kind === "token" && given.token === "passed",
      () => refusal(TOKEN),
    );
    const seen: unknown[] = [];
    const solveChallenge: SolveChallenge = async (challenge) => {
      seen.push(challenge);
      return "passed";
    };
    await expect(source({ solveChallenge }).fetch(undefined, never)).resolves.toMatchObject({ token: "t1" });
    expect(seen).toEqual([TOKEN]);
  });

  test("a page without it, or one that does not know the kind of check, says so; a person who does not pass is no such page", async () => {
    answer = json(401, refusal(TOKEN));
    await expect(failure(source().fetch(undefined, never))).resolves.toBe("challenge-missing");
    answer = json(401, { ...refusal(), challenge: { kind: "riddle" } });
    await expect(failure(source().fetch(undefined, never))).resolves.toBe("challenge-missing");
    answer = json(401, refusal(TOKEN));
    const solveChallenge = () => Promise.reject(new Error("closed by the person"));
    await expect(failure(source({ solveChallenge }).fetch(undefined, never))).resolves.toBe(
      "challenge-failed",
    );
  });

  test("work that nobody waits for ends", async () => {
    answer = json(401, refusal({ kind: "proof-of-work", nonce: "n", bits: 24 }));
    const abort = new AbortController();
    const fetching = failure(source().fetch(undefined, abort.signal, () => abort.abort()));
    await expect(fetching).resolves.toBe("unreachable");
    expect(asked).toHaveLength(1);
  });
});
