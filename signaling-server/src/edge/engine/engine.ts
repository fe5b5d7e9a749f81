import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket as TcpSocket } from "node:net";
import { errorBody, LIMITS } from "@serendip/protocol";
import { type Allowance, type Budget, type Cancel, type Clock, createBudget } from "@serendip/time";
import { type Socket as Connection, Server } from "engine.io";
import type { WebSocket } from "ws";
import { createHellos, type HelloWatch } from "./hellos.ts";
import { packetFault } from "./packets.ts";
import { waitForSign } from "./patience.ts";
import { boundBodies, type PollingTransport } from "./polling-bodies.ts";
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

/** Engine.IO with bounds: what lies between a TCP connection and Socket.IO. */
export interface Engine {
  /** For Socket.IO to bind to. */
  readonly server: Server;
  handleRequest(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: TcpSocket, head: Buffer): void;
  /**
   * Whether the connection that the request opened or used is open, still goes this way, and has said a hello that was accepted
   * or is being checked.
   */
  belongsToSession(request: IncomingMessage): boolean;
  /** Says whether the connection's latest hello was accepted. */
  helloAnswered(connection: Connection, answer: "accepted" | "refused"): void;
  /**
   * Sets the listener for offences. It is called at most once for each connection, which is read no more and has to be
   * closed.
   */
  onOffence(tell: (connection: Connection, offence: Offence) => void): void;
}

/** Socket.IO's type of the packet that a hello comes in. */
const CONNECT = "0";

/** Members that each version of Engine.IO so far has, and its types have not. */
interface Inside {
  readonly id: string;
  readonly transport: PollingTransport & { readonly name: string; readonly socket?: WebSocket };
  /** Refreshed by any frame, and set to null by a pong. */
  pingTimeoutTimer: { refresh(): void } | null;
  resetPingTimeout(): void;
  onClose(reason: string): void;
}
const inside = (connection: Connection) => connection as unknown as Inside;

/** As Engine.IO reads it: of several ids it takes the last one. */
function connectionIdOf({ url = "" }: IncomingMessage): string {
  // Most strangers name none, and their requests are looked at before anything else is done for them.
  if (!/sid=|%/.test(url)) return "";
  return new URLSearchParams(url.split("?").slice(1).join("?")).getAll("sid").at(-1) ?? "";
}

interface Line {
  readonly connection: Connection;
  readonly hello: HelloWatch;
  readonly budget: ReadBudget;
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
  const isWithin = ({ frames, bytes }: ReadBudget, size: number): boolean => {
    const now = clock.now();
    return frames.spend(1, now) && bytes.spend(size, now);
  };

  const offends = (line: Line, offence: Offence): void => {
    if (!lines.delete(inside(line.connection).id)) return;
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
      return (bytes) => {
        if (isOver || isWithin(budget, bytes)) return;
        isOver = true;
        const line = lineOver.get(webSocket);
        if (line) offends(line, "flood");
        else webSocket.terminate();
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
    const line: Line = { connection, hello, budget: openBudget() };
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
    connection.once("close", () => {
      lines.delete(id);
      hello.end();
    });
  });

  const lineFor = (request: IncomingMessage): Line | undefined =>
    openedBy.get(request) ?? lines.get(connectionIdOf(request));

  return {
    server,

    handleRequest(request, response) {
      const line = lineFor(request);
      if (line && !isWithin(line.budget, 0)) offends(line, "flood");
      // A plain request that names a WebSocket's connection: Engine.IO would never answer it.
      if (line && inside(line.connection).transport.name !== "polling") {
        const error = errorBody("bad_request", "This connection goes over a WebSocket.");
        response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(error));
      } else server.handleRequest(request, response);
    },

    handleUpgrade: (request, socket, head) => server.handleUpgrade(request, socket, head),

    belongsToSession(request) {
      const line = lineFor(request);
      if (!line?.hello.isHeard() || line.connection.readyState !== "open") return false;
      const webSocket = webSocketOf.get(request);
      return webSocket === undefined || inside(line.connection).transport.socket === webSocket;
    },

    helloAnswered(connection, answer) {
      lines.get(inside(connection).id)?.hello.answered(answer);
    },

    onOffence(listener) {
      tell = listener;
    },
  };
}

/**
 * Replaces the timer of Engine.IO's heartbeat, which runs before an answer that lies in the kernel has been read (SPEC G5).
 */
function judgeHeartbeatsPatiently(
  connection: Connection,
  { clock, withinMs }: { clock: Clock; withinMs: number },
): void {
  const own = inside(connection);
  let cancel: Cancel = () => undefined;
  const wait = () => {
    cancel();
    cancel = waitForSign({ clock, withinMs, onEnd: () => own.onClose("ping timeout") });
  };
  own.resetPingTimeout = () => {
    own.pingTimeoutTimer = { refresh: wait };
    wait();
  };
  connection.on("heartbeat", () => cancel());
  connection.once("close", () => cancel());
}
