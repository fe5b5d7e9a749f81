import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { httpTokenSource } from "../../src/signaling/http-token-source.browser.ts";
import { IdentityFailure } from "../../src/signaling/token-source.port.ts";

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
  options: { readonly url?: string; readonly group?: string; readonly timeoutMs?: number } = {},
) =>
  httpTokenSource({
    url: options.url ?? url,
    deviceGroup: () => options.group,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });

async function failure(of: Promise<unknown>): Promise<string> {
  const error = await of.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(IdentityFailure);
  return (error as IdentityFailure).code;
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
