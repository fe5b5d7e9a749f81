import { afterEach, expect, test } from "vitest";
import {
  ADMIN,
  arrive,
  hello,
  meet,
  mint,
  openSocket,
  refusalOf,
  serve,
  type TestServer,
  until,
} from "./page.ts";

let server: TestServer;
afterEach(() => server.stop());

const identityOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString()) as { sub: string };

const ask = (method: string, path: string, { body, token }: { body?: object; token?: string } = {}) =>
  fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(body ? { "content-type": "application/json" } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
const revoke = (body: object) => ask("POST", "/admin/revocations", { body, token: ADMIN });

const PATHS = ["/debug/sessions", "/debug/sockets", "/debug/calls", "/admin/revocations"];
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

test.each(PATHS)("[S19] %s answers nobody without the admin token, over no method", async (path) => {
  server = await serve();
  for (const method of METHODS) {
    const answer = await ask(method, path);
    // A preflight without its headers is a bad request, wherever it goes.
    expect(method === "OPTIONS" ? [400] : [401, 404], method).toContain(answer.status);
    expect(await answer.text(), method).not.toMatch(/sessions|rooms|revocations/);
  }
  expect((await ask("GET", path)).status).toBe(401);
  expect((await ask("GET", path, { token: ADMIN })).status).toBe(200);
});

test("[S19] without an ADMIN_TOKEN none of them exists, and there is no other (no metrics)", async () => {
  server = await serve({ ADMIN_TOKEN: "" });
  for (const path of [...PATHS, "/metrics", "/debug", "/admin", "/admin/", "/debug/sessions/"])
    for (const method of METHODS) {
      const answer = await ask(method, path, { token: ADMIN });
      expect(answer.status, `${method} ${path}`).toBe(method === "OPTIONS" ? 400 : 404);
    }
});

test("[S19] guesses of the admin token are bounded, and never shut the operator out", async () => {
  server = await serve();
  const statuses: number[] = [];
  for (let n = 0; n < 30; n += 1)
    statuses.push((await ask("GET", PATHS[n % 4] ?? "", { token: `x${n}` })).status);
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401));
  expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(11);
  for (let n = 0; n < 5; n += 1)
    expect((await ask("GET", "/debug/sessions", { token: ADMIN })).status).toBe(200);
  const refused = await ask("GET", "/debug/sessions", { token: "x" });
  expect(refused.status).toBe(429);
  const { code, retryAfterMs } = (await refused.json()) as { code: string; retryAfterMs: number };
  expect(code).toBe("rate_limited");
  expect(Number(refused.headers.get("retry-after"))).toBe(Math.ceil(retryAfterMs / 1_000));
  expect(retryAfterMs).toBeLessThanOrEqual(10_000);
  // Nobody else is concerned.
  expect((await ask("GET", "/readyz")).status).toBe(200);
  await arrive(server);
  expect(server.log.text()).not.toContain(ADMIN);
});

test("[S19] the right token is good any number of times", async () => {
  server = await serve();
  for (let n = 0; n < 30; n += 1)
    expect((await ask("GET", "/debug/calls", { token: ADMIN })).status).toBe(200);
});

test.each([
  ["a person", (jwt: string) => ({ userId: identityOf(jwt).sub })],
  ["a device", () => ({ deviceGroup: "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11" })],
] as const)(
  "[S16] %s that is shut out gets a bye at once, and then no hello, no token and no refresh",
  async (_what, keyOf) => {
    server = await serve();
    const deviceGroup = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";
    const { token } = await mint(server, { deviceGroup });
    const [page, other] = [await arrive(server, { token }), await arrive(server)];
    const key = keyOf(token);
    expect((await revoke({ ...key, forMs: 60_000 })).status).toBe(200);
    expect(await page.next("bye")).toEqual({ code: "revoked", reconnect: "no" });
    await until("it is closed", () => page.closed() !== undefined);

    const socket = openSocket(server, hello(token));
    expect(await refusalOf(socket)).toMatchObject({ code: "revoked" });
    socket.close();
    const minted = await fetch(`${server.url}/v1/sessions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    expect([minted.status, await minted.json()]).toEqual([
      403,
      { code: "revoked", message: expect.any(String) },
    ]);
    expect(await other.request("refresh-token", { token })).toMatchObject({ error: { code: "revoked" } });
    expect(other.closed()).toBeUndefined();

    const listed = await ask("GET", "/admin/revocations", { token: ADMIN });
    expect(await listed.json()).toMatchObject({ revocations: [{ endsInMs: expect.any(Number) }] });
    expect((await ask("DELETE", "/admin/revocations", { token: ADMIN, body: key })).status).toBe(200);
    expect((await ask("DELETE", "/admin/revocations", { token: ADMIN, body: key })).status).toBe(404);
    await arrive(server, { token });
  },
);

test("[S16] whoever is shut out leaves the room at once, without a grace", async () => {
  server = await serve();
  const { a, b, roomId } = await meet(server);
  const { sessionId } = a.welcome;
  const answer = await revoke({ sessionId });
  // Each is called as a request calls it, so that an operator can lift it by what the answer says.
  expect([answer.status, await answer.json()]).toMatchObject([
    200,
    { revocations: [{ kind: "userId", id: identityOf(a.token).sub }] },
  ]);
  expect(await a.next("bye")).toMatchObject({ code: "revoked" });
  expect(await b.next("partner-left")).toMatchObject({ roomId });
  expect(b.count("partner-away")).toBe(0);
  expect((await server.getStats()).totalUsers).toBe(1);
  // The operator's own log tells of it, and of nobody's id.
  const lines = server.log.lines.filter(({ message }) => message === "Somebody was shut out by the operator");
  expect(lines).toMatchObject([{ fields: { kind: "userId", sessionId, userHash: expect.any(String) } }]);
  expect(server.log.text()).not.toContain(identityOf(a.token).sub);
});

test.each(["user", "device", "session"] as const)(
  "[S16] a %s that is shut out while its connection is lost keeps no place, though media flows",
  async (kind) => {
    server = await serve();
    const deviceGroup = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";
    const { token } = await mint(server, { deviceGroup });
    const [a, b] = [await arrive(server, { token }), await arrive(server)];
    for (const page of [a, b]) await page.request("find", { requestId: "find" });
    const { room } = await b.next("matched");
    for (const page of [a, b]) await page.request("ready", { requestId: "ready", roomId: room.roomId });
    await b.request("media", { roomId: room.roomId, generation: room.generation, flowing: true });
    a.drop();
    expect(await b.next("partner-away")).toMatchObject({ cause: "dropped" });
    const { sessionId } = a.welcome;
    const key = { user: { userId: identityOf(token).sub }, device: { deviceGroup }, session: { sessionId } };
    expect((await revoke(key[kind])).status).toBe(200);
    expect(await b.next("partner-left")).toEqual({ roomId: room.roomId, reason: "left" });
    expect(await server.getStats()).toMatchObject({ totalUsers: 1, totalRooms: 0 });
    // The second of them: the page tells the operator that nobody has that session any more.
    if (kind === "session") expect((await revoke(key.session)).status).toBe(404);
  },
);

test.each([
  ["nothing", {}],
  ["two", { userId: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22", sessionId: "x" }],
  ["no UUID", { userId: "x" }],
  ["no time", { deviceGroup: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22", forMs: 0 }],
  ["endless", { deviceGroup: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22", forMs: 1e15 }],
])("[S16] a revocation that names %s is refused with a sentence", async (_what, body) => {
  server = await serve();
  const answer = await revoke(body);
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { code: "bad_request", message: expect.stringMatching(/forMs/) },
  ]);
  expect((await revoke({ sessionId: "nobody" })).status).toBe(404);
});

test("[S16] the answer and the log call a device as the request does", async () => {
  server = await serve();
  const deviceGroup = "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11";
  const { token } = await mint(server, { deviceGroup });
  const { sessionId } = (await arrive(server, { token })).welcome;
  const { revocations } = (await (await revoke({ sessionId })).json()) as {
    revocations: { kind: string; id: string }[];
  };
  expect(revocations).toMatchObject([{ kind: "userId" }, { kind: "deviceGroup", id: deviceGroup }]);
  const lines = server.log.lines.filter(({ message }) => message === "Somebody was shut out by the operator");
  expect(lines.map(({ fields }) => [fields["kind"], fields["sessionId"]])).toEqual([
    ["userId", sessionId],
    ["deviceGroup", sessionId],
  ]);
  for (const { kind, id } of revocations)
    expect((await ask("DELETE", "/admin/revocations", { token: ADMIN, body: { [kind]: id } })).status).toBe(
      200,
    );
  await arrive(server, { token });
});

test.each([undefined, "application/x-www-form-urlencoded"])(
  "[S16] a body with the Content-Type %s is refused with the header to send",
  async (type) => {
    server = await serve();
    const answer = await fetch(`${server.url}/admin/revocations`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN}`, ...(type === undefined ? {} : { "content-type": type }) },
      body: Buffer.from('{"sessionId":"x"}'),
    });
    expect([answer.status, await answer.json()]).toEqual([
      415,
      { code: "bad_request", message: expect.stringContaining("Content-Type: application/json") },
    ]);
  },
);

test("[C80] [C81] /debug/sockets counts people, rooms and sockets, and says since when each is there and from which network", async () => {
  server = await serve();
  const { a, b } = await meet(server);
  const text = await (await ask("GET", "/debug/sockets", { token: ADMIN })).text();
  const page = JSON.parse(text);
  expect(page).toMatchObject({ totalUsers: 2, totalRooms: 1, totalSockets: 2, online: 2, waiting: 0 });
  expect(page.sockets.map((one: { sessionId: string }) => one.sessionId)).toEqual([
    a.welcome.sessionId,
    b.welcome.sessionId,
  ]);
  for (const { network, connectedAt } of page.sockets) {
    expect(network).toBe("127.0.0.0/24");
    expect(Date.parse(page.at) - Date.parse(connectedAt)).toBeGreaterThanOrEqual(0);
  }
  for (const secret of [a.token, "127.0.0.1", identityOf(a.token).sub]) expect(text).not.toContain(secret);
  b.close();
  await until("it is gone", async () => {
    const answer = await ask("GET", "/debug/sockets", { token: ADMIN });
    return ((await answer.json()) as { sockets: unknown[] }).sockets.length === 1;
  });
});
