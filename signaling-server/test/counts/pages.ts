import { request } from "node:http";
import { type Hello, MintReply, type ServerBody, type Signal } from "@serendip/protocol";
import type { WebSocket } from "ws";
import { hello, ORIGIN, openSocket, type Page, pageOf, type TestServer, until } from "../app/page.ts";
import { ledger } from "./ledger.ts";
import { turnClock } from "./taps.ts";

/** Somebody at a browser: what stays the same over tokens and connections. */
export interface Person {
  /** As the proxy names it. */
  readonly address: string;
  readonly deviceGroup: string;
  readonly tabId: string;
}

/** A person's page, with what it has been told. */
export interface CountedPage extends Page {
  readonly person: Person;
  readonly token: string;
  readonly welcome: ServerBody<"welcome">;
  /** Number of signals that have come to the person in this room, over earlier connections too. */
  received(): number;
}

const forwarded = ({ address }: Person) => ({ origin: ORIGIN, "x-forwarded-for": address });

/** Asks for a token, over a connection of its own. */
export async function mint(server: TestServer, person: Person, token?: string): Promise<string> {
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const text = await new Promise<string>((resolve, reject) => {
    const asked = request(`${server.url}/v1/sessions`, {
      method: "POST",
      agent: false,
      headers: { ...forwarded(person), ...bearer, "content-type": "application/json" },
    });
    asked.once("error", reject);
    let body = "";
    asked.once("response", (response) => {
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        body += chunk;
      });
    });
    asked.once("socket", (socket) => socket.once("close", () => resolve(body)));
    asked.end(JSON.stringify({ deviceGroup: person.deviceGroup }));
  });
  return MintReply.parse(JSON.parse(text)).token;
}

/** Types of Engine.IO's packets, and of those of Socket.IO that its messages hold. */
const ENGINE_TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];
const TYPES = ["connect", "disconnect", "event", "acknowledgement", "connect_error"];
const EVENT = /^42\d*\["([\w-]+)"/;

const nameOf = (text: string): string => {
  const [, event] = EVENT.exec(text) ?? [];
  const engineType = ENGINE_TYPES[Number(text.charAt(0))] ?? text;
  return event ?? (text.startsWith("4") ? (TYPES[Number(text.charAt(1))] ?? text) : engineType);
};

/** WebSockets of pages that are open. */
const open = new Set<WebSocket>();

/** Counts what goes over the page's WebSocket, from its first packet on. */
function tap(page: Page): void {
  const { ws } = page.socket.io.engine.transport as unknown as { ws: WebSocket };
  const note = (direction: "from" | "to", text: string): void => {
    const name = nameOf(text);
    ledger.note(`packets ${direction} pages`, name);
    ledger.note(`bytes ${direction} pages`, "", Buffer.byteLength(text));
    if (name === "acknowledgement" || name === "acked")
      ledger.note("acknowledgements", name === "acked" ? "acked" : `${direction} pages`);
  };
  ws.on("message", (data) => note("to", String(data)));
  const send = ws.send.bind(ws) as (data: unknown, ...more: unknown[]) => void;
  ws.send = (data: unknown, ...more: unknown[]) => {
    note("from", String(data));
    send(data, ...more);
  };
  ws.once("open", () => open.add(ws));
  ws.once("close", () => open.delete(ws));
}

/** Says hello, and waits for the welcome. */
async function greet(
  server: TestServer,
  person: Person,
  given: { readonly hello: Partial<Hello> & { readonly token: string }; readonly received: number },
): Promise<CountedPage> {
  const { token } = given.hello;
  const auth = hello(token, { tabId: person.tabId, connection: 1, cumulativeAcks: true, ...given.hello });
  const page = pageOf(openSocket(server, auth, { extraHeaders: forwarded(person) }));
  tap(page);
  const welcome = await page.next("welcome");
  return { ...page, person, token, welcome, received: () => given.received + page.count("signal") };
}

export const arrive = (server: TestServer, person: Person, token: string): Promise<CountedPage> =>
  greet(server, person, { hello: { token }, received: 0 });

/** The latest ticket that the page has been given. */
function ticketOf({ heard }: Page): { readonly ticket?: string } {
  const bodies = heard.map(({ body }) => body as { readonly ticket?: string });
  const [ticket] = bodies.flatMap((body) => body.ticket ?? []).slice(-1);
  return ticket === undefined ? {} : { ticket };
}

/** Comes back as a page does whose connection is gone and whose peer connection is not. */
export function comeBack(server: TestServer, page: CountedPage, connection: number): Promise<CountedPage> {
  const { person, token, welcome } = page;
  const { sessionId, resumeSecret, epoch } = welcome;
  const received = page.received();
  const resume = {
    sessionId,
    resumeSecret,
    epoch,
    peerConnection: "alive" as const,
    received: { generation: 1, count: received },
  };
  return greet(server, person, { hello: { token, connection, resume, ...ticketOf(page) }, received });
}

/** Ends a connection, and waits until the server has noticed. */
export async function endNoticed(server: TestServer, end: () => void): Promise<void> {
  const { lines } = server.log;
  const before = lines.length;
  end();
  const hasEnded = () => lines.slice(before).some(({ message }) => message.startsWith("Client disconnected"));
  await until("the end of the connection is noticed", hasEnded);
}

/** Sends signals of a room's first generation, and waits until the partner has them. */
export function sender(from: Page, to: Page, roomId: string): (...signals: Signal[]) => Promise<void> {
  let sequence = 0;
  return async (...signals) => {
    const wanted = to.count("signal") + signals.length;
    for (const signal of signals) {
      sequence += 1;
      from.socket.emit("signal", { roomId, generation: 1, sequence, signal });
    }
    await until("the signals have come", () => to.count("signal") === wanted);
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A WebSocket's own ping, which no packet counts: what the page has sent before has been read when the answer comes. */
const isRead = (ws: WebSocket) =>
  new Promise<void>((resolve) => {
    const done = () => {
      for (const event of ["pong", "close"]) ws.off(event, done);
      resolve();
    };
    for (const event of ["pong", "close"]) ws.on(event, done);
    ws.ping();
  });

/** Waits until everything that was sent has been read, and what came of it too, and once more. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([...open].filter((ws) => ws.readyState === ws.OPEN).map(isRead));
    for (let turns = 0; turns < 5; turns += 1) await turn();
  }
}

/** Lets time go by, second by second, so that each ping finds its answer. */
export async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    turnClock(1_000);
    await settle();
  }
}

/** Stops a server whose clock stands still. */
export async function stop(server: TestServer): Promise<void> {
  let isOver = false;
  const stopped = server.stop().finally(() => {
    isOver = true;
  });
  while (!isOver) await pass(1);
  await stopped;
}
