import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { errorBody, LIMITS } from "@serendip/protocol";
import { type Allowance, type Budget, type Clock, createBudget } from "@serendip/time";
import { type Socket as Connection, Server } from "engine.io";
import type { WebSocket } from "ws";
import { DOOR_POINTS } from "../../domain/network/door.ts";
import { judgeHeartbeatsPatiently } from "./heartbeats.ts";
import { createHellos, type HelloWatch } from "./hellos.ts";
import { packetFault } from "./packets.ts";
import { boundBodies, type PollingTransport } from "./polling-bodies.ts";
import { onlyHandsOn, writeShortly } from "./short-way.ts";
import { createWaitingBytes } from "./waiting-bytes.ts";
import { watchedWebSockets } from "./web-sockets.ts";

export type { Connection };

/** What a connection did that ends it. */
export type Offence =
  /** More frames, bytes, or packets in one body, than may be sent (SPEC W10). */
  | "flood"
  /** It does not read what it is sent (SPEC W9). */
  | "clogged"
  /** A binary frame, or another namespace (SPEC W5). */
  | "no-packet"
  /** A request that was refused, and that no page sends (SPEC W10). */
  | "no-pages-request"
  /** No hello in time, or too many connections without one (SPEC W12). */
  | "no-hello"
  /** A hello after an accepted one, beside another, or after too many refused ones (SPEC W13). */
  | "hello-again";

export interface EngineLimits {
  readonly frames: Allowance;
  readonly readBytes: Allowance;
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  readonly limits?: EngineLimits | undefined;
}

/** Takes a message before Socket.IO gets it; false: Socket.IO does, and nothing was done. */
export type Take = (message: Buffer) => boolean;

/** Engine.IO with bounds: what lies between a TCP connection and Socket.IO. */
export interface Engine {
  /** For Socket.IO to bind to. */
  readonly server: Server;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: TcpSocket, head: Buffer): void;
  /**
   * Counts a request, before anything is done for it, for the connection that it names. Returns whether it is one of a session,
   * and not one more than a page has on the way at once.
   */
  admits(request: IncomingMessage, response?: ServerResponse): boolean;
  /** A request that was admitted has been refused, and is none that a page sends. */
  noteRefused(request: IncomingMessage): void;
  /**
   * Whether the connection that the request opened or used is open, still goes this way, and has said a hello that was accepted
   * or is being checked.
   */
  belongsToSession(request: IncomingMessage): boolean;
  /** Says whether the connection's latest hello was accepted. */
  helloAnswered(connection: Connection, answer: "accepted" | "refused"): void;
  /** Sets what is asked first about each message of the connection that comes over a WebSocket; undefined: nothing any more. */
  takeFirst(connection: Connection, take: Take | undefined): void;
  /**
   * Sets the listener for offences. It is called at most once for each connection, which is read no more and has to be
   * closed.
   */
  onOffence(tell: (connection: Connection, offence: Offence) => void): void;
}

/** Where Engine.IO is spoken; everything else is no request of a connection, whatever it names. */
export const ENGINE_PATH = "/socket.io/";

/** Socket.IO's type of the packet that a hello comes in. */
const CONNECT = "0";

/** Members that each version of Engine.IO so far has, and its types have not. */
interface Inside {
  readonly id: string;
  /** A WebSocket is being tried beside the polling transport. */
  readonly upgrading: boolean;
  readonly transport: PollingTransport & { readonly name: string; readonly socket?: WebSocket };
}
const inside = (connection: Connection) => connection as unknown as Inside;

/** Requests of a connection that a page has on the way at once: a poll, a body, and a preflight of either. */
const MOST_AT_ONCE = 3;

/** As Engine.IO reads it: of several ids it takes the last one, and none from a fragment. */
function connectionIdOf({ url = "" }: IncomingMessage): string {
  // Most strangers name none, and their requests are looked at before anything else is done for them.
  if (!url.startsWith(ENGINE_PATH) || !/sid=|%/.test(url)) return "";
  return new URL(url, "http://localhost").searchParams.getAll("sid").at(-1) ?? "";
}

const framesOf = ({ headers }: IncomingMessage): number =>
  headers.upgrade === undefined ? DOOR_POINTS.polling : DOOR_POINTS.webSocket;

interface Line {
  readonly connection: Connection;
  readonly hello: HelloWatch;
  readonly budget: ReadBudget;
  /** Requests without an answer. */
  requests: number;
  take: Take | undefined;
}

interface Packet {
  readonly type: string;
  readonly data?: unknown;
}

interface ReadBudget {
  readonly frames: Budget;
  readonly bytes: Budget;
}

export function createEngine(options: EngineOptions): Engine {
  const { clock, pingIntervalMs, pingTimeoutMs } = options;
  const limits = options.limits ?? LIMITS;
  const lines = new Map<string, Line>();
  const hellos = createHellos(clock);
  const openedBy = new WeakMap<IncomingMessage, Line>();
  const webSocketOf = new WeakMap<IncomingMessage, WebSocket>();
  const lineOver = new WeakMap<WebSocket, Line>();
  let tell: (connection: Connection, offence: Offence) => void = (connection) => connection.close(true);

  const openBudget = (): ReadBudget => ({
    frames: createBudget(limits.frames),
    bytes: createBudget(limits.readBytes),
  });
  const isWithin = ({ frames, bytes }: ReadBudget, size: number, count = 1): boolean => {
    const now = clock.now();
    return frames.spend(count, now) && bytes.spend(size, now);
  };

  const offends = (line: Line, offence: Offence): void => {
    if (!lines.delete(inside(line.connection).id)) return;
    line.take = undefined;
    line.hello.end();
    inside(line.connection).transport.socket?.pause();
    tell(line.connection, offence);
  };

  const goesOver = (line: Line): void => {
    const { socket } = inside(line.connection).transport;
    if (socket) lineOver.set(socket, line);
  };

  const server = new Server({
    transports: ["polling", "websocket"],
    cors: { origin: [...options.allowedOrigins], methods: ["GET", "POST"] },
    maxHttpBufferSize: LIMITS.frameBytes,
    pingInterval: pingIntervalMs,
    pingTimeout: pingTimeoutMs,
    perMessageDeflate: false,
    httpCompression: false,
    wsEngine: watchedWebSockets((webSocket, request) => {
      webSocketOf.set(request, webSocket);
      const budget = openBudget();
      let isOver = false;
      return {
        count(bytes) {
          if (isOver || isWithin(budget, bytes)) return;
          isOver = true;
          const line = lineOver.get(webSocket);
          if (line) offends(line, "flood");
          else webSocket.terminate();
        },
        takes(text) {
          const line = lineOver.get(webSocket);
          return line?.take !== undefined && onlyHandsOn(line.connection, webSocket) && line.take(text);
        },
      };
    }),
  });

  const offenceOf = (line: Line, { type, data }: Packet): Offence | undefined => {
    if (inside(line.connection).transport.name === "polling") {
      const size = typeof data === "string" ? data.length : 0;
      if (!isWithin(line.budget, size)) return "flood";
    }
    if (type !== "message") return undefined;
    if (packetFault(data)) return "no-packet";
    if (typeof data !== "string" || !data.startsWith(CONNECT)) return undefined;
    return line.hello.come() ? undefined : "hello-again";
  };

  server.on("connection", (connection: Connection) => {
    const { id, transport } = inside(connection);
    const hello = hellos.watch({
      transport: transport.name === "polling" ? "polling" : "websocket",
      tcp: connection.request.socket,
      onLate: () => offends(line, "no-hello"),
    });
    const line: Line = { connection, hello, budget: openBudget(), requests: 0, take: undefined };
    if (transport.name === "polling")
      boundBodies(transport, { packets: LIMITS.packetsPerBody, onTooMany: () => offends(line, "flood") });
    lines.set(id, line);
    openedBy.set(connection.request, line);
    goesOver(line);
    connection.on("upgrade", () => goesOver(line));
    judgeHeartbeatsPatiently(connection, { clock, withinMs: pingTimeoutMs });
    connection.on("packet", (packet: Packet) => {
      const offence = offenceOf(line, packet);
      if (offence) offends(line, offence);
    });
    createWaitingBytes(connection, () => offends(line, "clogged"));
    writeShortly(connection);
    connection.once("close", () => {
      lines.delete(id);
      hello.end();
    });
  });

  const lineFor = (request: IncomingMessage): Line | undefined =>
    openedBy.get(request) ?? lines.get(connectionIdOf(request));

  /** Whether a request is of a session by the way that the connection really goes. */
  const isOfSession = (line: Line | undefined, request: IncomingMessage): line is Line => {
    if (!line?.hello.isHeard() || line.connection.readyState !== "open") return false;
    const { transport } = inside(line.connection);
    const webSocket = webSocketOf.get(request);
    return webSocket ? transport.socket === webSocket : transport.name === "polling";
  };

  return {
    server,

    handleRequest(request, response) {
      const line = lineFor(request);
      // A plain request that names a WebSocket's connection: Engine.IO would never answer it.
      if (line && inside(line.connection).transport.name !== "polling") {
        const error = errorBody("bad_request", "This connection goes over a WebSocket.");
        response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(error));
      } else server.handleRequest(request, response);
    },

    handleUpgrade: (request, socket, head) => server.handleUpgrade(request, socket, head),

    admits(request, response) {
      const line = lineFor(request);
      if (line && !isWithin(line.budget, 0, framesOf(request))) offends(line, "flood");
      if (!isOfSession(line, request) || !lines.has(inside(line.connection).id)) return false;
      // Engine.IO takes one WebSocket beside a polling connection.
      if (request.headers.upgrade !== undefined && inside(line.connection).upgrading) return false;
      if (line.requests >= MOST_AT_ONCE) return false;
      if (response) {
        line.requests += 1;
        response.once("close", () => {
          line.requests -= 1;
        });
      }
      return true;
    },

    noteRefused(request) {
      const line = lineFor(request);
      if (line) offends(line, "no-pages-request");
    },

    belongsToSession: (request) => isOfSession(lineFor(request), request),

    helloAnswered(connection, answer) {
      lines.get(inside(connection).id)?.hello.answered(answer);
    },

    takeFirst(connection, take) {
      const line = lines.get(inside(connection).id);
      if (line) line.take = take;
    },

    onOffence(listener) {
      tell = listener;
    },
  };
}
