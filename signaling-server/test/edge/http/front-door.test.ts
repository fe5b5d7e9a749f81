import { once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { steadyClock } from "@serendip/time";
import { manualClock } from "@serendip/time/testing";
import { expect, onTestFinished, test } from "vitest";
import type { DoorRules } from "../../../src/domain/network/door.ts";
import { createEngine } from "../../../src/edge/engine/engine.ts";
import { openFrontDoor } from "../../../src/edge/http/front-door.ts";
import { createNewcomerQueue } from "../../../src/edge/newcomer-queue.ts";
import { countTurns, mostInOne } from "../../app/event-loop.ts";
import { keptLog, ORIGIN, until } from "../../app/page.ts";
import { dial, head, openWebSocket, type RawClient, upgradeTo, WS_PATH } from "../../app/raw.ts";
import { testDoor } from "./test-networks.ts";

/** A front door whose clock stands still unless the test moves it. */
async function open({
  onRequest,
  belongsToSession,
  ...door
}: {
  readonly onRequest: RequestListener;
  readonly trustProxy?: string;
  readonly rules?: DoorRules;
  readonly mostConnections?: number;
  readonly belongsToSession?: (request: IncomingMessage) => boolean;
}) {
  const clock = manualClock();
  const log = keptLog();
  const allowedOrigins = [ORIGIN];
  const { networks, meter, doorkeeper } = testDoor({ clock, log, ...door });
  const engine = createEngine({
    clock: steadyClock(),
    allowedOrigins,
    pingIntervalMs: 25_000,
    pingTimeoutMs: 20_000,
  });
  const { server } = openFrontDoor(
    {
      engine: belongsToSession ? { ...engine, admits: belongsToSession } : engine,
      newcomers: createNewcomerQueue(clock),
      clock,
      log,
      allowedOrigins,
      networks,
      doorkeeper,
    },
    onRequest,
  );
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return { server, engine, clock, port, log, meter };
}

test("[W10] once a connection is cut, no further request is opened of all that have come with the one that was too many", async () => {
  // Nobody answers.
  const { server, port } = await open({ onRequest: () => undefined });
  let opened = 0;
  server.on("request", () => {
    opened += 1;
  });
  const line = dial({ port }, head("GET /healthz HTTP/1.1").repeat(2_000));
  await until("it is cut", line.ended);
  // Eight that wait, and the one for which the connection is cut.
  expect(opened).toBe(9);
});

/** Sends a request on each of fifty connections. Returns the turns of the event loop in which they were taken. */
async function turnsOfFifty(belongsToSession: () => boolean): Promise<readonly number[]> {
  const { turn, stop } = countTurns();
  const turns: number[] = [];
  const { clock, port, server } = await open({
    belongsToSession,
    onRequest: (_request, response) => {
      turns.push(turn());
      clock.advance(0.5);
      response.end();
    },
  });
  let connected = 0;
  server.on("connection", () => {
    connected += 1;
  });
  const lines = Array.from({ length: 50 }, () => dial({ port }));
  await until("all are connected", () => connected === 50);
  for (const { tcp } of lines) tcp.write(head("GET /healthz HTTP/1.1"));
  await until("all are answered", () => turns.length === 50);
  for (const { tcp } of lines) tcp.destroy();
  stop();
  return turns;
}

test("[W17] of the requests of fifty newcomers only as many are taken in one turn as its time allows", async () => {
  expect(mostInOne(await turnsOfFifty(() => false))).toBe(2);
});

test("[W17] a session's requests do not wait in that queue", async () => {
  expect(mostInOne(await turnsOfFifty(() => true))).toBeGreaterThan(2);
});

const RULES: DoorRules = {
  points: { burst: 20, perSecond: 10 },
  answers: { burst: 3, perSecond: 1 },
};
/** What came over a connection: the status lines. */
const statuses = (text: string) =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

const justAnswer: RequestListener = (_request, response) => void response.end("fine");

/** Says one request after the other on one connection, each once the one before is answered. */
async function askInTurn(line: RawClient, request: string, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const before = statuses(line.received()).length;
    line.tcp.write(request);
    await until("an answer or the end", () => statuses(line.received()).length > before || line.ended());
  }
}

test("[N4] a network that asks for too much is told when to come again, then cut without an answer, and let in again in time", async () => {
  const { port, clock, log } = await open({ onRequest: justAnswer, trustProxy: "0", rules: RULES });
  const line = dial({ port });
  await askInTurn(line, head("GET /readyz HTTP/1.1"), 24);
  expect(statuses(line.received())).toEqual([...Array<number>(20).fill(200), 429, 429, 429]);
  expect(line.ended()).toBe(true);
  const body = JSON.parse(/\{.*?\}/.exec(line.received())?.[0] ?? "");
  // The soonest, and half of what is spread.
  expect(body).toMatchObject({ code: "rate_limited", retryAfterMs: 3_000 });
  expect(line.received()).toContain("retry-after: 3\r\n");
  expect(line.received()).toContain(`access-control-allow-origin: ${ORIGIN}\r\n`);
  clock.advance(3_000);
  const again = dial({ port });
  await askInTurn(again, head("GET /readyz HTTP/1.1"), 5);
  expect(statuses(again.received())).toEqual(Array<number>(5).fill(200));
  expect(log.lines.map(({ message }) => message)).toEqual(["A network is turned away"]);
});

test("[N4] a WebSocket is refused in the same words on its raw socket, and a page of another origin may not read them", async () => {
  const { port } = await open({ onRequest: justAnswer, trustProxy: "0", rules: RULES });
  const foreign = { origin: "https://evil.example" };
  const open_ = () => dial({ port }, head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket")));
  const lines = [open_(), open_(), open_()];
  await until("all are answered", () => lines.every(({ received }) => received() !== ""));
  expect(lines.map(({ received }) => statuses(received())[0])).toEqual([101, 101, 429]);
  expect(lines[2]?.received()).toContain("retry-after: 3\r\n");
  const other = dial({ port }, head("GET /readyz HTTP/1.1", {}, foreign));
  await until("it is answered", () => other.received() !== "");
  expect(other.received()).toContain("429");
  expect(other.received()).not.toContain("allow-origin");
});

test("[N4] a browser's own question before a request is answered while others are told to wait", async () => {
  const { port } = await open({ onRequest: justAnswer, trustProxy: "0", rules: RULES });
  const line = dial({ port });
  await askInTurn(line, head("GET /readyz HTTP/1.1"), 21);
  await askInTurn(line, head("OPTIONS /v1/sessions HTTP/1.1"), 3);
  expect(statuses(line.received()).slice(20)).toEqual([429, 200, 200]);
  expect(line.ended()).toBe(true);
});

test.each([
  [
    "a foreign Origin",
    () => head("GET /socket.io/?EIO=4&transport=polling HTTP/1.1", {}, { origin: "https://evil.example" }),
    403,
  ],
  [
    "a foreign Origin with a made-up connection",
    () =>
      head("GET /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1", {}, { origin: "https://evil.example" }),
    403,
  ],
  ["an address that is too long", () => head(`GET /${"x".repeat(2_000)} HTTP/1.1`), 414],
  ["a foreign upgrade", () => head("GET / HTTP/1.1", upgradeTo("x")), 404],
  ["no WebSocket of Engine.IO", () => head("GET /elsewhere HTTP/1.1", upgradeTo("websocket")), 404],
  ["an answer of the service that no page gets", () => head("GET /nowhere HTTP/1.1"), 404],
])("[N4] %s costs ten points more than other requests", async (_what, request, status) => {
  const rules = { ...RULES, points: { burst: 30, perSecond: 1 } };
  const { port } = await open({
    onRequest: (_request, response) => void response.writeHead(404).end(),
    trustProxy: "0",
    rules,
  });
  const seen: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const line = dial({ port }, request());
    await until("the answer", () => line.received() !== "");
    seen.push(...statuses(line.received()));
  }
  expect(seen.slice(0, 2)).toEqual([status, status]);
  expect(seen.slice(3)).toEqual([429, 429]);
});

test("[N4] bytes that are no request cost their network points, and then get no answer", async () => {
  const { port, log } = await open({ onRequest: justAnswer, trustProxy: "0", rules: RULES });
  const seen: (number | undefined)[] = [];
  for (let n = 0; n < 6; n += 1) {
    const line = dial({ port }, "no request at all\r\n\r\n");
    await until("its end", line.ended);
    seen.push(statuses(line.received())[0]);
  }
  expect(seen).toEqual([400, 400, 400, 400, undefined, undefined]);
  expect(log.lines.map(({ message }) => message)).toEqual(["A network is turned away"]);
});

test("[N4] neither the page of a restarted server nor a challenge is a refusal that costs more", async () => {
  const { port } = await open({
    onRequest: (_request, response) => void response.writeHead(401).end(),
    trustProxy: "0",
    rules: { ...RULES, points: { burst: 50, perSecond: 1 } },
  });
  const line = dial({ port });
  await askInTurn(line, head("GET /socket.io/?EIO=4&transport=polling&sid=forgotten HTTP/1.1"), 10);
  await askInTurn(line, head("POST /v1/sessions HTTP/1.1", { "Content-Length": "0" }), 10);
  expect(statuses(line.received())).toEqual([...Array<number>(10).fill(400), ...Array<number>(10).fill(401)]);
});

test("[N5] requests of a session are not counted, and pass while its network is turned away", async () => {
  const { port, meter } = await open({
    onRequest: justAnswer,
    trustProxy: "0",
    rules: RULES,
    belongsToSession: ({ url }) => url === "/of-a-session",
  });
  const line = dial({ port });
  await askInTurn(line, head("GET /of-a-session HTTP/1.1"), 50);
  expect(meter.size()).toBe(0);
  await askInTurn(dial({ port }), head("GET /readyz HTTP/1.1"), 30);
  await askInTurn(line, head("GET /of-a-session HTTP/1.1"), 50);
  expect(statuses(line.received())).toEqual(Array<number>(100).fill(200));
});

test("[N2] [N4] behind a proxy each network is counted by itself, whatever its people write into the header", async () => {
  const { port } = await open({ onRequest: justAnswer, trustProxy: "loopback", rules: RULES });
  const from = (forwardedFor: string) => head("GET /readyz HTTP/1.1", { "X-Forwarded-For": forwardedFor });
  const line = dial({ port });
  for (let n = 0; n < 22; n += 1) await askInTurn(line, from(`6.6.6.${n}, 203.0.113.77`), 1);
  await askInTurn(line, from("6.6.6.6, 203.0.113.78"), 3);
  expect(statuses(line.received()).slice(19)).toEqual([200, 429, 429, 200, 200, 200]);
});

test("[N3] where the network is not known nothing is counted", async () => {
  const { port, meter } = await open({ onRequest: justAnswer, rules: RULES });
  const line = dial({ port });
  await askInTurn(line, head("GET /readyz HTTP/1.1", { "X-Forwarded-For": "203.0.113.77" }), 60);
  expect(statuses(line.received())).toEqual(Array<number>(60).fill(200));
  expect(meter.size()).toBe(0);
});

test("[N7] one more TCP connection than a network may have is closed at once, and there is room again when one goes", async () => {
  const { port } = await open({ onRequest: justAnswer, trustProxy: "0", mostConnections: 3 });
  const lines = [dial({ port }), dial({ port }), dial({ port })];
  for (const line of lines) await askInTurn(line, head("GET /readyz HTTP/1.1"), 1);
  const fourth = dial({ port });
  await until("it is closed", fourth.ended);
  lines[0]?.tcp.resetAndDestroy();
  await until("one gets in", async () => {
    const line = dial({ port }, head("GET /readyz HTTP/1.1"));
    await until("the answer or the end", () => line.received() !== "" || line.ended());
    return line.received() !== "";
  });
  expect(statuses(lines[1]?.received() ?? "")).toEqual([200]);
});

test("[N4] [N7] where a network has too many connections a browser's own question is answered all the same", async () => {
  const { port } = await open({ onRequest: justAnswer, trustProxy: "1", mostConnections: 1 });
  const from = (method: string) =>
    head(`${method} /v1/sessions HTTP/1.1`, { "X-Forwarded-For": "203.0.113.77" });
  const lines = [dial({ port }), dial({ port })] as const;
  await askInTurn(lines[0], from("GET"), 1);
  for (const method of ["GET", "OPTIONS", "GET"]) await askInTurn(lines[1], from(method), 1);
  expect(statuses(lines[1].received())).toEqual([429, 200, 429]);
});

test("[N7] of a proxy's connections each counts for the network whose request it carries now", async () => {
  const { port, log } = await open({ onRequest: justAnswer, trustProxy: "1", mostConnections: 2 });
  const from = (address: string) => head("GET /readyz HTTP/1.1", { "X-Forwarded-For": address });
  const lines = [dial({ port }), dial({ port }), dial({ port })] as const;
  for (const line of lines) await askInTurn(line, from("203.0.113.77"), 1);
  expect(lines.map(({ received }) => statuses(received())[0])).toEqual([200, 200, 429]);
  // The first one carries another person's request now.
  await askInTurn(lines[0], from("203.0.113.99"), 1);
  await askInTurn(lines[2], from("203.0.113.77"), 1);
  expect(statuses(lines[2].received())).toEqual([429, 200]);
  expect(log.lines.map(({ fields }) => fields)).toEqual([{ network: "203.0.113.0/24" }]);
});

const POLL = "/socket.io/?EIO=4&transport=polling";
const PAGE = { "X-Forwarded-For": "203.0.113.7" };
/** Another network, so that only its own requests are counted for it. */
const OTHER = { "X-Forwarded-For": "198.51.100.7" };
const idIn = ({ received }: RawClient) => /"sid":"([^"]+)"/.exec(received())?.[1];
const post = (path: string, body: string) =>
  head(`POST ${path} HTTP/1.1`, { ...PAGE, "Content-Length": String(body.length) }) + body;

/** Behind a proxy: a WebSocket and a polling connection, both of which have said hello. */
async function openSessions() {
  const door = await open({ onRequest: justAnswer, trustProxy: "loopback" });
  const offences: string[] = [];
  door.engine.onOffence((connection, offence) => {
    offences.push(offence);
    connection.close(true);
  });
  const webSocket = await openWebSocket(door);
  webSocket.say("40{}");
  const line = dial(door, head(`GET ${POLL} HTTP/1.1`, PAGE));
  await until("it is open", () => idIn(line) !== undefined);
  const polling = `sid=${idIn(line)}`;
  await askInTurn(line, post(`${POLL}&${polling}`, "40{}"), 1);
  const charged = () => door.meter.size();
  return { ...door, offences, line, polling, webSocket: `sid=${idIn(webSocket)}`, charged };
}

test.each([
  [
    "a token",
    (ids: Ids) => head(`POST /v1/sessions?${ids.polling} HTTP/1.1`, { ...OTHER, "Content-Length": "0" }),
  ],
  ["a page", (ids: Ids) => head(`GET /readyz?${ids.webSocket} HTTP/1.1`, OTHER)],
  ["a poll of a WebSocket", (ids: Ids) => head(`GET ${POLL}&${ids.webSocket} HTTP/1.1`, OTHER)],
  [
    "another WebSocket of one",
    (ids: Ids) => head(`GET ${WS_PATH}&${ids.webSocket} HTTP/1.1`, { ...OTHER, ...upgradeTo("websocket") }),
  ],
  [
    "an opening with a connection in its fragment",
    (ids: Ids) => head(`GET ${POLL}#&${ids.polling} HTTP/1.1`, OTHER),
  ],
])("[N5] a request for %s is counted, whatever connection of a session it names", async (_what, request) => {
  const door = await openSessions();
  const before = door.charged();
  const line = dial(door, request(door));
  await until("the answer or the end", () => line.received() !== "" || line.ended());
  expect(door.charged()).toBe(before + 1);
  expect(door.offences).toEqual([]);
});

test("[N5] the requests of a polling connection that has said hello are not counted, a WebSocket beside it neither", async () => {
  const door = await openSessions();
  const before = door.charged();
  const line = dial(door);
  await askInTurn(line, head(`OPTIONS ${POLL}&${door.polling} HTTP/1.1`, OTHER), 20);
  const upgrade = { ...OTHER, ...upgradeTo("websocket") };
  const beside = dial(door, head(`GET ${WS_PATH}&${door.polling} HTTP/1.1`, upgrade));
  await until("the upgrade", () => beside.received().includes("101"));
  expect(door.charged()).toBe(before);
  // There is only one.
  const another = dial(door, head(`GET ${WS_PATH}&${door.polling} HTTP/1.1`, upgrade));
  await until("the answer", () => another.received() !== "");
  expect(door.charged()).toBe(before + 1);
});

test("[N5] more requests of a polling connection at once than a page has are counted", async () => {
  const door = await openSessions();
  const before = door.charged();
  const line = dial(door, head(`OPTIONS ${POLL}&${door.polling} HTTP/1.1`, OTHER).repeat(3));
  await until("the answers", () => statuses(line.received()).length === 3);
  expect(door.charged()).toBe(before);
  line.tcp.write(head(`OPTIONS ${POLL}&${door.polling} HTTP/1.1`, OTHER).repeat(4));
  await until("the answers", () => statuses(line.received()).length === 7);
  expect(door.charged()).toBe(before + 1);
});

test.each([
  ["the gate refuses", (path: string) => head(`GET ${path}&j=0 HTTP/1.1`, PAGE)],
  ["Engine.IO refuses", (path: string) => head(`GET ${path.replace("polling", "websocket")} HTTP/1.1`, PAGE)],
  ["is for another protocol", (path: string) => head(`GET ${path} HTTP/1.1`, { ...PAGE, ...upgradeTo("x") })],
])("[W10] a request of a session that %s ends its connection", async (_what, request) => {
  const door = await openSessions();
  const line = dial(door, request(`${POLL}&${door.polling}`));
  await until("the answer", () => line.received() !== "");
  await until("the end", () => door.offences.length > 0);
  expect(door.offences).toEqual(["no-pages-request"]);
});

interface Ids {
  readonly polling: string;
  readonly webSocket: string;
}
