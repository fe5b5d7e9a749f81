import type { Socket as TcpSocket } from "node:net";
import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  type ErrorBody,
  type Hello,
  MintReply,
  PROTOCOL_VERSION,
  type ServerBody,
  type ServerEvent,
  type ServerRequest,
  type ServerToClientEvents,
} from "@serendip/protocol";
import { findLeaks } from "@serendip/tooling/log-leaks";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { type RunningServer, startServer } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import type { LobbySettings } from "../../src/domain/lobby/settings.ts";
import type { DoorRules } from "../../src/domain/network/door.ts";
import type { TokenVerifier } from "../../src/ports/identity.ts";
import type { Log, LogFields } from "../../src/ports.ts";

export const ORIGIN = "http://localhost:5173";
export const SECRET = "0f8fad5b-d9cb-469f-a165-70867728950e";
export const ADMIN = "only-for-this-run-of-the-suite";

/** A log that a test can read. */
export interface KeptLog extends Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[];
  text(): string;
}

export function keptLog(): KeptLog {
  const lines: KeptLog["lines"] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return {
    lines,
    text: () => JSON.stringify(lines),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}

export interface TestServer extends RunningServer {
  readonly log: KeptLog;
  /** Waits until nobody and nothing is left. */
  empty(): Promise<void>;
}

/** For tests of what stands behind the limits of a connection. */
type Limits = NonNullable<NonNullable<Parameters<typeof startServer>[1]>["limits"]>;

export const WITHOUT_LIMITS: Limits = {
  signalBytes: { burst: Number.MAX_SAFE_INTEGER, perSecond: 0 },
  frames: { burst: Number.MAX_SAFE_INTEGER, perSecond: 1 },
  readBytes: { burst: Number.MAX_SAFE_INTEGER, perSecond: 1 },
};

/** Settings for tests of what stands behind the limits of people and networks (docs/limits.md). */
export const NO_HURRY = { LIMITS_PERCENT: "100000000" };

/** The real server on a free port, whose log must hold nothing of people when it stops; `lobby`: settings that no configuration would take, since they do not fit together. */
export async function serve(
  env: Record<string, string> = {},
  {
    limits,
    lobby,
    verifier,
    doorRules,
  }: {
    limits?: Limits;
    lobby?: Partial<LobbySettings>;
    verifier?: TokenVerifier;
    doorRules?: DoorRules;
  } = {},
): Promise<TestServer> {
  const reading = loadConfig({
    NODE_ENV: "test",
    PORT: "0",
    SESSION_SECRET: SECRET,
    ADMIN_TOKEN: ADMIN,
    ALLOWED_ORIGINS: ORIGIN,
    REMATCH_MS: "0",
    ...env,
  });
  if (!reading.ok) throw new Error(reading.faults.map(({ sentence }) => sentence).join("\n"));
  const log = keptLog();
  const config = { ...reading.config, lobby: { ...reading.config.lobby, ...lobby } };
  const server = await startServer(config, {
    log,
    ...(limits ? { limits } : {}),
    ...(verifier ? { verifier } : {}),
    ...(doorRules ? { doorRules } : {}),
  });
  const empty = async () => {
    await until("the server is empty", async () => {
      const { totalUsers, totalRooms, totalSockets, waiting, graces } = await server.getStats();
      return totalUsers + totalRooms + totalSockets + waiting + graces === 0;
    });
  };
  const stop = async () => {
    await server.stop();
    const lines = log.lines.map((line) => JSON.stringify(line)).join("\n");
    const [leak] = findLeaks(lines, { secrets: [SECRET, ADMIN] });
    if (leak) throw new Error(`The server has logged a ${leak.kind}: ${leak.line}`);
  };
  return { ...server, stop, log, empty };
}

/** Waits for a condition, at most `withinMs`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  withinMs = 5_000,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export async function mint(
  server: { readonly url: string },
  given: { deviceGroup?: string; token?: string } = {},
): Promise<MintReply> {
  const { deviceGroup, token } = given;
  const response = await fetch(`${server.url}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify(deviceGroup ? { deviceGroup } : {}),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return MintReply.parse(await response.json());
}

interface Heard {
  readonly event: string;
  readonly body: unknown;
}

/** One page: what it sends, and everything it has heard. */
export interface Page {
  readonly socket: Socket;
  readonly heard: readonly Heard[];
  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>>;
  /** The next event of this name that was not taken yet. */
  next<Event extends ServerEvent>(event: Event): Promise<ServerBody<Event>>;
  /** How many events of this name have come, taken or not. */
  count(event: ServerEvent | ServerRequest): number;
  /** Why the connection ended, once it has. */
  closed(): string | undefined;
  /** Leaves on purpose. */
  close(): void;
  /** The TCP connection goes, without a goodbye. */
  drop(): void;
}

let tabs = 0;

export function hello(token: string, more: Partial<Hello> = {}): Hello {
  tabs += 1;
  return { protocol: PROTOCOL_VERSION, token, tabId: `tab-${tabs}`, ...more };
}

type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** A connection that says what it is told to, whatever the server makes of it. */
export function openSocket(
  server: { readonly url: string },
  auth: object,
  options: ClientOptions = {},
): Socket {
  return io(server.url, {
    auth: auth as Record<string, unknown>,
    reconnection: false,
    forceNew: true,
    transports: ["websocket"],
    extraHeaders: { origin: ORIGIN },
    // No authority has signed the certificates of the tests.
    rejectUnauthorized: false,
    ...options,
  });
}

/** The error body with which a hello is refused, or the message of a connection that could not be made. */
export function refusalOf(socket: Socket): Promise<ErrorBody | string> {
  return new Promise((resolve, reject) => {
    socket.once("connect", () => reject(new Error("the connection was accepted")));
    socket.once("connect_error", (error: Error & { data?: ErrorBody }) => {
      socket.close();
      resolve(error.data ?? error.message);
    });
  });
}

/** Connects and waits for the welcome. */
export async function arrive(
  server: { readonly url: string },
  given: { token?: string; hello?: Partial<Hello>; options?: ClientOptions } = {},
): Promise<Page & { readonly welcome: ServerBody<"welcome">; readonly token: string }> {
  const token = given.token ?? (await mint(server)).token;
  const socket = openSocket(server, hello(token, given.hello), given.options);
  const page = pageOf(socket);
  return { ...page, welcome: await page.next("welcome"), token };
}

export function pageOf(socket: Socket): Page {
  const heard: Heard[] = [];
  const taken = new Set<Heard>();
  let closedBy: string | undefined;
  let refused: Error | undefined;
  socket.onAny((event: string, body: unknown) => heard.push({ event, body }));
  const answerProbe: ServerToClientEvents["probe"] = (_body, reply) => reply({});
  socket.on("probe", answerProbe);
  socket.on("disconnect", (reason) => {
    closedBy = reason;
  });
  socket.on("connect_error", (error) => {
    refused = error;
  });
  return {
    socket,
    heard,
    request: (event, body) => socket.timeout(5_000).emitWithAck(event, body),
    async next<Event extends ServerEvent>(event: Event) {
      let found: Heard | undefined;
      await until(`an event ${event} (heard: ${heard.map((one) => one.event)})`, () => {
        if (refused) throw refused;
        found = heard.find((one) => one.event === event && !taken.has(one));
        return found !== undefined;
      });
      if (found) taken.add(found);
      // The suite reads what the server under test sent; the schemas are proved elsewhere.
      return found?.body as ServerBody<Event>;
    },
    count: (event) => heard.filter((one) => one.event === event).length,
    closed: () => closedBy,
    close: () => void socket.disconnect(),
    drop: () => socket.io.engine.transport.close(),
  };
}

/** The page goes on sending, and takes nothing any more. */
export function stopReading(page: Page): void {
  const transport = page.socket.io.engine.transport as unknown as { ws: { _socket: TcpSocket } };
  transport.ws._socket.pause();
}

/** Two pages in one room, both ready; the first one says `helloOfA`. */
export async function meet(server: { readonly url: string }, helloOfA: Partial<Hello> = {}) {
  const [a, b] = [await arrive(server, { hello: helloOfA }), await arrive(server)];
  await a.request("find", { requestId: "find-a" });
  await b.request("find", { requestId: "find-b" });
  const [inA, inB] = [await a.next("matched"), await b.next("matched")];
  const { roomId } = inA.room;
  await a.request("ready", { requestId: "ready-a", roomId });
  await b.request("ready", { requestId: "ready-b", roomId });
  return { a, b, roomId, inA, inB };
}

export function offer(roomId: string, sequence: number, sdp = `v=0 ${sequence}`) {
  return { roomId, generation: 1, sequence, signal: { kind: "offer", sdp } } as const;
}
