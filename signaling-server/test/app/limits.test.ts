import { randomUUID } from "node:crypto";
import { CLIENT_EVENTS, type ClientReply } from "@serendip/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DOOR_LIMITS, EVENT_LIMITS, PEOPLE_OF_A_NETWORK } from "../../src/domain/limits/table.ts";
import { DEFAULT_DOOR_RULES } from "../../src/domain/network/door.ts";
import {
  arrive,
  hello,
  meet,
  mint,
  openSocket,
  type Page,
  pageOf,
  refusalOf,
  serve,
  type TestServer,
  until,
} from "./page.ts";

let server: TestServer;
beforeAll(async () => {
  server = await serve({ GRACE_PROTOCOL_ROOM_MS: "50" });
});
afterAll(() => server.stop());

const TOLD_TO_WAIT = { ok: false, error: { code: "rate_limited", retryAfterMs: expect.any(Number) } };
const CLASS_OF: Readonly<Record<string, keyof typeof EVENT_LIMITS>> = {
  ...(Object.fromEntries(Object.keys(EVENT_LIMITS).map((name) => [name, name])) as object),
  "give-up": "ready",
};
const after = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const waitOf = (reply: ClientReply<"find" | "signal" | "refresh-token">) =>
  reply.ok ? 0 : (reply.error.retryAfterMs ?? 0);

/** As many searches at once as a person may begin, and one more, which is refused. */
async function hurry(page: Page): Promise<ClientReply<"find">> {
  const { most } = EVENT_LIMITS.find.person;
  const finds = Array.from({ length: most + 1 }, (_, n) => page.request("find", { requestId: `find-${n}` }));
  const replies = await Promise.all(finds);
  expect(replies.slice(0, most).every(({ ok }) => ok)).toBe(true);
  return replies.at(-1) ?? expect.fail("no reply");
}

test("[B1] [B2] [C73] [C91] [Q1] a find too many is told how long to wait, changes nothing, and may be said again with its id after that", async () => {
  const page = await arrive(server);
  const refusal = await hurry(page);
  expect(refusal).toMatchObject(TOLD_TO_WAIT);
  const left = await page.request("leave", { requestId: "stop" });
  expect(left).toEqual({ ok: true });
  const last = `find-${EVENT_LIMITS.find.person.most}`;
  expect(await page.request("status", {})).toMatchObject({ state: { kind: "idle" } });
  await after(waitOf(refusal));
  expect(await page.request("find", { requestId: last })).toMatchObject({
    ok: true,
    state: { kind: "queued", requestId: last },
  });
  page.close();
  await server.empty();
});

test("[B1] [W4] events that nobody knows are told of up to a bound, and a garbled one is refused unread beyond it", async () => {
  const page = await arrive(server);
  const { most } = EVENT_LIMITS.other.person;
  for (let n = 0; n < most + 50; n += 1) page.socket.emit("no-such-event");
  expect(await page.socket.timeout(5_000).emitWithAck("neither", {})).toMatchObject(TOLD_TO_WAIT);
  expect(page.count("problem")).toBe(most);
  expect(await page.request("status", {})).toMatchObject({ ok: true });
  page.close();
  await server.empty();
});

test("[B1] [B4] [W4] what fits no schema is counted under every name, with an acknowledgement and without one, and ends the connection at last", async () => {
  for (const name of Object.keys(CLIENT_EVENTS)) {
    const page = await arrive(server);
    const eventClass = name === "unloading" || name === "refresh-token" ? "other" : CLASS_OF[name];
    const { most } = EVENT_LIMITS[eventClass ?? expect.fail(name)].person;
    // A few more pass while they are on their way.
    const count = most + (name === "signal" ? most : 50);
    const codes = await Promise.all(
      Array.from({ length: count }, async (_, n) => {
        if (n % 2 === 1) return void page.socket.emit(name, 7);
        const reply: ClientReply<"find"> = await page.socket.timeout(5_000).emitWithAck(name, 7);
        return reply.ok ? "ok" : reply.error.code;
      }),
    );
    const answered = codes.filter((code) => code !== undefined);
    expect(new Set(answered.slice(0, most / 2)), name).toEqual(new Set(["bad_request"]));
    expect(new Set(answered), name).toEqual(new Set(["bad_request", "rate_limited"]));
    expect(page.count("problem"), name).toBeGreaterThanOrEqual(most / 2);
    expect(page.count("problem"), name).toBeLessThan(count / 2);
    page.close();
    await server.empty();
  }
  const page = await arrive(server);
  for (let n = 0; n < 4 * EVENT_LIMITS.strikes.person.most; n += 1)
    page.socket.emit("refresh-token", { bad: 1 }, () => {});
  expect(await page.next("bye")).toMatchObject({ code: "rate_limited" });
  await until("the connection is closed", () => page.closed() !== undefined);
  await server.empty();
}, 60_000);

test("[B4] [W8] [C64] who goes on although told to wait gets a bye, which the operator can read in the log, and nothing of that person or device is heard before its time", async () => {
  const deviceGroup = randomUUID();
  const { token } = await mint(server, { deviceGroup });
  const page = await arrive(server, { token });
  const partner = await arrive(server);
  for (const one of [page, partner]) await one.request("find", { requestId: "first" });
  const { room } = await partner.next("matched");
  for (let n = 0; n < 4 * EVENT_LIMITS.strikes.person.most; n += 1) page.socket.emit("status", {}, () => {});
  const bye = await page.next("bye");
  expect(bye).toEqual({ code: "rate_limited", reconnect: "after", delayMs: expect.any(Number) });
  await until("the connection is closed", () => page.closed() !== undefined);
  const { sessionId } = page.welcome;
  const logged = server.log.lines.filter(({ fields }) => fields["sessionId"] === sessionId);
  expect(logged.filter(({ message }) => message === "A page is told to wait")[0]?.fields).toMatchObject({
    what: "status",
  });
  expect(logged.map(({ message }) => message)).toContain(
    "Connection closed: it does not wait when it is told to",
  );
  // The place in the room goes as after any abuse.
  expect(await partner.next("partner-left")).toMatchObject({ roomId: room.roomId });

  const refused = { code: "rate_limited", retryAfterMs: expect.any(Number) };
  const again = await refusalOf(openSocket(server, hello(token)));
  expect(again).toMatchObject(refused);
  if (typeof again !== "string") expect(again.retryAfterMs).toBeLessThanOrEqual(bye.delayMs ?? 0);
  const renewed = await mint(server, { deviceGroup });
  expect(await refusalOf(openSocket(server, hello(renewed.token)))).toMatchObject(refused);
  const pretended = { resume: { sessionId: "s", resumeSecret: "0123456789abcdef", epoch: 1 } };
  const pretender = pageOf(
    openSocket(server, hello(renewed.token, { resume: { ...pretended.resume, peerConnection: "lost" } })),
  );
  expect(await pretender.next("bye")).toMatchObject({ code: "rate_limited" });
  const other = await arrive(server, { token: (await mint(server, { deviceGroup: randomUUID() })).token });
  for (const one of [other, partner]) one.close();
  await server.empty();
});

test("[B3] [R3] of more signals than a person may send none is lost, and those that pass keep their order", async () => {
  const strict = await serve({ LIMITS_PERCENT: "20" });
  const { a, b, roomId } = await meet(strict);
  const count = EVENT_LIMITS.signal.person.most / 5 + 15;
  const send = (sequence: number) =>
    a.request("signal", {
      roomId,
      generation: 1,
      sequence,
      signal: sequence % 90 === 1 ? { kind: "offer", sdp: "v=0" } : CANDIDATE,
    });
  let kept = Array.from({ length: count }, (_, n) => n + 1);
  for (let round = 0; kept.length > 0; round += 1) {
    expect(round).toBeLessThan(20);
    const replies = await Promise.all(
      kept.map(async (sequence) => ({ sequence, reply: await send(sequence) })),
    );
    for (const { reply } of replies) if (!reply.ok) expect(reply).toMatchObject(TOLD_TO_WAIT);
    kept = replies.flatMap(({ sequence, reply }) => (reply.ok ? [] : [sequence]));
    await after(Math.max(...replies.map(({ reply }) => waitOf(reply))));
  }
  await until("all have come", () => b.count("signal") === count);
  const sequences = b.heard.flatMap(({ event, body }) =>
    event === "signal" ? [(body as { sequence: number }).sequence] : [],
  );
  expect(sequences).toEqual(Array.from({ length: count }, (_, n) => n + 1));
  expect(a.closed()).toBeUndefined();
  for (const page of [a, b]) page.close();
  await strict.stop();
});

const CANDIDATE = {
  kind: "candidate",
  candidate: { candidate: "c", sdpMid: "0", sdpMLineIndex: 0 },
} as const;

test("[B5] [C73] a browser that makes one person after the other is answered 429, in body and header", async () => {
  const deviceGroup = randomUUID();
  const ask = () =>
    fetch(`${server.url}/v1/sessions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ deviceGroup }),
    });
  const statuses: number[] = [];
  let last = await ask();
  for (; last.status === 200; last = await ask()) statuses.push(last.status);
  expect(statuses.length).toBe(DOOR_LIMITS.mint.device.most);
  expect(last.status).toBe(429);
  const body = (await last.json()) as { code: string; retryAfterMs: number };
  expect(body).toMatchObject({ code: "rate_limited", retryAfterMs: expect.any(Number) });
  expect(Number(last.headers.get("retry-after"))).toBe(Math.ceil(body.retryAfterMs / 1_000));
});

test("[B6] who comes back to a session pays no hello, however often; who says so of none pays as everybody", async () => {
  const first = await arrive(server);
  const { token } = first;
  const { sessionId, resumeSecret, epoch } = first.welcome;
  const { most } = DOOR_LIMITS.hello.person;
  let page: Page = first;
  for (let n = 0; n < 3 * most; n += 1) {
    const resume = { sessionId, resumeSecret, epoch, peerConnection: "alive" } as const;
    page = await arrive(server, { token, hello: { tabId: "the-tab", resume } });
  }
  expect(page.count("bye")).toBe(0);
  page.close();
  await server.empty();
  const stranger = (await mint(server)).token;
  const claim = {
    sessionId: "gone",
    resumeSecret: "0123456789abcdef",
    epoch: 1,
    peerConnection: "lost",
  } as const;
  const pages: Page[] = [];
  for (let n = 0; n < most + 5; n += 1) {
    const latest = await arrive(server, {
      token: stranger,
      hello: { tabId: `tab-${n}`, force: true, resume: claim },
    });
    pages.push(latest);
    if (n >= most) expect(await latest.next("bye")).toMatchObject({ code: "rate_limited" });
  }
  for (const one of pages) one.close();
  await server.empty();
}, 30_000);

test("[B5] [B9] a stranger who says hello without a good token shuts nobody of the same network out", async () => {
  const own = await serve(
    { TRUST_PROXY: "0", LIMITS_NETWORK_PEOPLE: "3" },
    { doorRules: DEFAULT_DOOR_RULES },
  );
  const { token } = await mint(own);
  const most = (DOOR_LIMITS.hello.network.most / PEOPLE_OF_A_NETWORK) * 3;
  const all = Array.from({ length: 3 * most }, () => refusalOf(openSocket(own, hello("x"))));
  expect(await Promise.all(all)).toContainEqual(expect.objectContaining({ code: "rate_limited" }));
  const page = await arrive(own, { token });
  page.close();
  await own.stop();
});

test("[B5] [S3] a token is refreshed a few times a minute, and no more", async () => {
  const page = await arrive(server);
  const { most } = DOOR_LIMITS["refresh-token"].person;
  const { token } = await mint(server, { token: page.token });
  const replies: ClientReply<"refresh-token">[] = [];
  for (let n = 0; n < most + 5; n += 1) replies.push(await page.request("refresh-token", { token }));
  expect(replies.filter(({ ok }) => ok)).toHaveLength(most);
  expect(replies.at(-1)).toMatchObject(TOLD_TO_WAIT);
  page.close();
  await server.empty();
});
