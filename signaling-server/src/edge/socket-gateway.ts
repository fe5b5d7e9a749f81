import type { Server as HttpServer } from "node:http";
import {
  BYE_POLICY,
  type ClientToServerEvents,
  type ErrorBody,
  errorBody,
  LIMITS,
  type ServerToClientEvents,
  TIMES,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { Server } from "socket.io";
import type { DetachCause } from "../domain/lobby/command.ts";
import type { Log } from "../ports.ts";
import type { IceGrants } from "../service/ice-grants.ts";
import type { Lobby } from "../service/lobby.ts";
import { type Connection, openConnection } from "./connection.ts";
import { createGreetings } from "./greetings.ts";
import { readHello, refusalOf, refuse } from "./handshake.ts";
import { closeHard } from "./hard-close.ts";
import type { CheckToken } from "./identity.ts";
import { networkOf } from "./network-of.ts";
import type { CourierEnd, SocketCourier, WireSocket } from "./socket-courier.ts";

export interface GatewaySettings {
  readonly allowedOrigins: readonly string[];
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** How long a connection outlives its token (SPEC S3). */
  readonly tokenGraceMs: number;
  /** A session's sign of life is passed on at most this often. */
  readonly touchMs: number;
}

export interface GatewayParts {
  readonly http: HttpServer;
  readonly lobby: Lobby;
  readonly ice: IceGrants;
  readonly courier: SocketCourier;
  readonly checkToken: CheckToken;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: GatewaySettings;
}

/** Where pages connect. */
export interface SocketGateway {
  /** Takes nobody new any more. */
  drain(): void;
  /** Closes every connection, after a bye, and resolves when the lobby knows. */
  close(): Promise<void>;
  sockets(): number;
}

/** How a refused hello reaches the page: `connect_error` with an error body in `data` (SPEC W2). */
class HelloRefused extends Error {
  readonly code = "hello-refused";
  readonly data: ErrorBody;

  constructor(data: ErrorBody) {
    super(data.message);
    this.data = data;
  }
}

/** What this end of the connection means for the session; undefined where that has been dealt with already. */
const CAUSE_OF_END: Record<CourierEnd, DetachCause | undefined> = {
  hello_timeout: "protocol",
  token_expired: "dropped",
  session_resumed: undefined,
  superseded: undefined,
  stale: undefined,
  protocol_abuse: "protocol",
  draining: "drain",
  silent: "silent",
};

/** How the WebSocket library says that a frame was above the limit; it gives no code that reaches this far. */
const OVERSIZED_FRAME = "Max payload size exceeded";

function causeOf(reason: string, details: unknown, unloading: boolean): DetachCause {
  if (reason === "client namespace disconnect") return "bye";
  if (reason === "ping timeout") return "silent";
  if (reason === "parse error" || String(details).includes(OVERSIZED_FRAME)) return "protocol";
  return unloading ? "unload" : "dropped";
}

export function openSocketGateway(parts: GatewayParts): SocketGateway {
  const { http, lobby, courier, checkToken, clock, log, settings } = parts;
  const io = new Server<ClientToServerEvents, ServerToClientEvents>(http, {
    transports: ["polling", "websocket"],
    cors: { origin: [...settings.allowedOrigins], methods: ["GET", "POST"] },
    maxHttpBufferSize: LIMITS.frameBytes,
    connectTimeout: TIMES.helloMs,
    pingInterval: settings.pingIntervalMs,
    pingTimeout: settings.pingTimeoutMs,
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
  });
  closeHard(io.engine, clock);
  const connections = new Map<string, Connection>();
  const greetings = createGreetings();
  /** Farewells that the lobby has not heard of yet. */
  const farewells = new Set<Promise<void>>();
  let draining = false;

  io.engine.use(
    (request: Parameters<typeof refuse>[0], response: Parameters<typeof refuse>[1], next: () => void) => {
      const refusal = refusalOf(request, settings.allowedOrigins);
      if (!refusal) return next();
      log.info("Connection refused", { status: refusal.status, reason: refusal.message });
      refuse(request, response, refusal);
    },
  );

  const detach = (connection: Connection, cause: DetachCause | undefined): void => {
    connection.end();
    if (!cause) return;
    const told = lobby.detach(connection.caller, cause).finally(() => farewells.delete(told));
    farewells.add(told);
  };

  /** Reads the hello and attaches; an error body where the page is not let in. */
  async function admit(socket: WireSocket): Promise<ErrorBody | undefined> {
    if (draining) return errorBody("unavailable", "The server is stopping.", 1_000);
    const reading = readHello(socket.handshake.auth);
    if (!reading.ok) return reading.error;
    const verdict = await checkToken(reading.hello.token);
    if (!verdict.ok) return verdict.error;
    const { userId, deviceGroup, expiresInMs } = verdict.identity;
    const isGone = () => socket.conn.readyState !== "open";
    if (isGone()) return errorBody("unavailable");

    courier.expect(socket);
    const { hello } = reading;
    const attached = await lobby.attach({
      userId,
      deviceGroup,
      tokenExpiresInMs: Math.max(0, expiresInMs),
      socketId: socket.id,
      hello,
    });
    if (!attached.ok) {
      courier.forget(socket.id);
      return attached.error;
    }
    const { caller } = attached;
    const connection = openConnection({ ...parts, socket, caller, userId, expiresInMs });
    // Socket.IO reports no disconnection for a socket that goes before it is confirmed.
    if (isGone()) {
      courier.forget(socket.id);
      detach(connection, "dropped");
      return errorBody("unavailable");
    }
    connections.set(socket.id, connection);
    socket.conn.once("close", () => {
      if (socket.connected || !connections.delete(socket.id)) return;
      courier.forget(socket.id);
      detach(connection, "dropped");
    });
    return undefined;
  }

  io.use((socket, next) => {
    if (!greetings.begin(socket.conn)) {
      log.info("Connection closed: one hello is enough", { socketId: socket.id });
      socket.conn.close(true);
      return;
    }
    admit(socket).then(
      (refusal) => {
        if (refusal) greetings.refused(socket.conn);
        if (refusal) log.info("Hello refused", { socketId: socket.id, code: refusal.code });
        next(refusal && new HelloRefused(refusal));
      },
      (error: unknown) => {
        log.error("A hello could not be handled", {
          error: error instanceof Error ? error.stack : String(error),
        });
        courier.forget(socket.id);
        next(new HelloRefused(errorBody("internal")));
      },
    );
  });

  io.on("connection", (socket) => {
    const connection = connections.get(socket.id);
    if (!connection) {
      socket.disconnect(true);
      return;
    }
    const { sessionId } = connection.caller;
    const connectedAt = clock.now();
    const network = networkOf(socket.handshake.address);
    const fields = { socketId: socket.id, sessionId, network };
    log.info(`Client connected. Total clients: ${connections.size}`, fields);
    connection.start();
    socket.on("disconnect", (reason, details) => {
      connections.delete(socket.id);
      const end = courier.forget(socket.id);
      const cause = end ? CAUSE_OF_END[end] : causeOf(reason, details, connection.unloading());
      const connectedMs = clock.now() - connectedAt;
      log.info(`Client disconnected. Total clients: ${connections.size}`, {
        socketId: socket.id,
        sessionId,
        reason,
        cause: cause ?? end,
        connectedMs,
      });
      detach(connection, cause);
      // A connection without a session would stay for as long as it likes, and could come again and again.
      if (reason === "client namespace disconnect") socket.conn.close();
    });
    courier.open(socket.id);
  });

  return {
    drain() {
      draining = true;
    },

    async close() {
      draining = true;
      const { reconnect } = BYE_POLICY.draining;
      courier.dismissAll({ code: "draining", reconnect, delayMs: 0 });
      await io.close();
      await Promise.all(farewells);
    },

    sockets: () => connections.size,
  };
}
