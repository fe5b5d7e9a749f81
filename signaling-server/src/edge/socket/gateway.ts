import {
  byeOf,
  type ClientToServerEvents,
  type ErrorBody,
  errorBody,
  type ServerToClientEvents,
  TIMES,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { Server } from "socket.io";
import type { DetachCause } from "../../domain/lobby/command.ts";
import type { EventMeter, Limiter } from "../../ports/counting.ts";
import type { Revocations } from "../../ports/identity.ts";
import type { Log } from "../../ports.ts";
import type { CallReports } from "../../service/call-reports.ts";
import type { IceGrants } from "../../service/ice/grants.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { DeviceKeyOf } from "../device-key.ts";
import type { Engine, Connection as EngineConnection, Offence } from "../engine/engine.ts";
import type { Networks } from "../http/networks.ts";
import { holdForOneWrite } from "../http/one-write.ts";
import type { CheckToken } from "../identity.ts";
import type { EdgeCounts } from "../metrics/edge-counts.ts";
import type { NewcomerQueue } from "../newcomer-queue.ts";
import type { Admission } from "./admission.ts";
import { type Newcomer, openConnection } from "./connection.ts";
import type { CourierEnd, SocketCourier, WireSocket } from "./courier.ts";
import { drainSockets, MOVES_PER_SECOND } from "./draining.ts";
import { sayByeBeforeHello } from "./farewell.ts";
import { readHello } from "./hello.ts";
import { limitHellos } from "./hello-limits.ts";
import { createLivePeople, type LivePeople } from "./live-people.ts";
import { gatherSignsOfLife } from "./signs-of-life.ts";
import { textParser } from "./text-parser.ts";

export interface GatewayParts {
  readonly engine: Engine;
  readonly newcomers: NewcomerQueue;
  readonly lobby: Lobby;
  readonly calls: Pick<CallReports, "take">;
  readonly ice: Pick<IceGrants, "knows" | "grant" | "grantForCheck">;
  readonly courier: SocketCourier;
  readonly checkToken: CheckToken;
  readonly networks: Networks;
  readonly admission: Admission;
  readonly deviceKeyOf: DeviceKeyOf;
  readonly meter: EventMeter;
  readonly limiter: Limiter;
  readonly revocations: Pick<Revocations, "has" | "follow">;
  readonly counts: EdgeCounts;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: {
    /** How long a connection outlives its token (SPEC S3). */
    readonly tokenGraceMs: number;
  };
}

/** The Socket.IO server, which pages connect to. */
export interface SocketGateway extends Pick<LivePeople, "sockets"> {
  /** Takes nobody new, matches nobody, tells each page that it is to move, and resolves when all have or the time is over. */
  drain(withinMs: number): Promise<void>;
  /** Takes nobody new, closes every connection, after a bye, and resolves when the lobby knows. */
  close(): Promise<void>;
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

/** The cause of a detach by the end of the connection; undefined where the lobby knows of it already. */
const CAUSE_OF_END: Record<CourierEnd, DetachCause | undefined> = {
  hello_timeout: "protocol",
  token_expired: "dropped",
  session_resumed: undefined,
  superseded: undefined,
  // On purpose, though not the page's: the place is free at once.
  revoked: "bye",
  stale: undefined,
  stale_connection: undefined,
  protocol_abuse: "protocol",
  rate_limited: "protocol",
  unavailable: "dropped",
  draining: "drain",
  silent: "silent",
  clogged: "protocol",
};

const OFFENCES: Record<Offence, string> = {
  flood: "Connection closed: it sends too much",
  clogged: "Connection closed: it does not read",
  "no-packet": "Connection closed: it sends what this protocol does not know",
  "no-pages-request": "Connection closed: it sends requests that no page sends",
  "no-hello": "Connection closed: no hello",
  "hello-again": "Connection closed: one hello is enough",
};

/** After so long a page that a draining server has refused may find another one. */
const DRAINING_MS = 1_000;

/** The WebSocket library's words for messages above the limits; no error code of it reaches this far. */
const OVERSIZED = ["Max payload size exceeded", "Too many message fragments"];

function causeOf(reason: string, details: unknown, unloading: boolean): DetachCause {
  if (reason === "client namespace disconnect") return "bye";
  if (reason === "ping timeout") return "silent";
  if (reason === "parse error" || OVERSIZED.some((words) => String(details).includes(words)))
    return "protocol";
  return unloading ? "unload" : "dropped";
}

export function openSocketGateway(parts: GatewayParts): SocketGateway {
  const { engine, courier, checkToken, networks, admission, counts, clock, log } = parts;
  const helloLimits = limitHellos(parts);
  // The engine's own time limit for a hello, and that of the check of its token, come first, and say why.
  const io = new Server<ClientToServerEvents, ServerToClientEvents>({
    connectTimeout: 6 * TIMES.helloMs,
    serveClient: false,
    parser: textParser,
  });
  io.bind(engine.server);
  const people = createLivePeople(parts.revocations, courier, parts.lobby);
  const signsOfLife = gatherSignsOfLife(parts);
  const newcomerAt = new WeakMap<object, Newcomer>();
  const socketOver = new WeakMap<object, WireSocket>();
  /** Ended connections that the lobby has not heard of yet. */
  const detaching = new Set<Promise<void>>();
  let draining = false;

  engine.onOffence((connection: EngineConnection, offence) => {
    counts.offences.add(offence);
    log.info(OFFENCES[offence], { offence, network: networks.of(connection.request).shown });
    const code = offence === "no-hello" ? "hello_timeout" : "protocol_abuse";
    const socket = socketOver.get(connection);
    if (offence === "clogged") {
      if (socket) courier.abandon(socket.id);
      connection.close(true);
    } else if (socket) courier.dismiss(socket.id, byeOf(code));
    else sayByeBeforeHello(connection, code, clock);
  });

  /** Reads the hello and checks its token. Returns an error body where the page is refused. */
  async function greet(socket: WireSocket): Promise<ErrorBody | undefined> {
    if (draining) return errorBody("draining", undefined, DRAINING_MS);
    const reading = readHello(socket.handshake.auth);
    // Socket.IO keeps it as long as the connection is open, and a hello may hold anything besides.
    socket.handshake.auth = {};
    if (!reading.ok) return reading.error;
    const { hello } = reading;
    const network = networks.of(socket.request);
    const networkKey = networks.keyOf(network);
    const verdict = await checkToken(hello.token, { network: network.shown });
    if (!verdict.ok) return helloLimits.afterRefusal(verdict.error, networkKey);
    const { identity } = verdict;
    const newcomer: Newcomer = { hello, identity, networkKey };
    const tooMany = await helloLimits.beforeAttach(newcomer);
    if (tooMany) return tooMany;
    // The drain may have begun meanwhile.
    if (draining) return errorBody("draining", undefined, DRAINING_MS);
    const wasHere = admission.isFull() && (await parts.lobby.knows(identity.userId, hello.ticket));
    const refusal = admission.admit(socket.conn, { identity, wasHere });
    if (!refusal) newcomerAt.set(socket, newcomer);
    return refusal;
  }

  const answerHello = (socket: WireSocket, next: (refusal?: HelloRefused) => void): void => {
    greet(socket)
      .catch((error: unknown) => {
        log.error("A hello could not be handled", {
          error: error instanceof Error ? error.stack : String(error),
        });
        return errorBody("internal");
      })
      .then((refusal) => {
        engine.helloAnswered(socket.conn, refusal ? "refused" : "accepted");
        const network = networks.of(socket.request).shown;
        if (refusal) counts.hellosRefused.add(refusal.code);
        if (refusal) log.info("Hello refused", { socketId: socket.id, code: refusal.code, network });
        // That the hello is accepted is said in the next tick, and the welcome by promises after that.
        if (socket.request.headers.upgrade !== undefined) holdForOneWrite(socket.request.socket);
        next(refusal && new HelloRefused(refusal));
      })
      .catch((error: unknown) => log.error("A hello could not be answered", { error: String(error) }));
  };

  // `next` is called in every case: Socket.IO keeps each socket that waits for it.
  io.use((socket, next) =>
    parts.newcomers.add(() => answerHello(socket, next), networks.of(socket.request).counted),
  );

  io.on("connection", (socket) => {
    const newcomer = newcomerAt.get(socket);
    if (!newcomer) {
      socket.disconnect(true);
      return;
    }
    socketOver.set(socket.conn, socket);
    courier.open(socket);
    counts.connections.add("accepted");
    const connectedAt = clock.now();
    const connection = openConnection({
      ...parts,
      socket,
      newcomer,
      helloLimits,
      signsOfLife,
      onWelcome({ sessionId }) {
        const network = networks.of(socket.request).shown;
        log.info(`Client connected. Total clients: ${courier.count()}`, {
          socketId: socket.id,
          sessionId,
          network,
        });
      },
      onDetaching(told) {
        const done = told.finally(() => detaching.delete(done));
        detaching.add(done);
      },
    });
    people.add(socket.id, {
      identity: newcomer.identity,
      network: networks.of(socket.request).shown,
      connectedAt,
      sessionId: () => connection.caller()?.sessionId,
    });
    // Socket.IO says so of a packet that cannot be read, and closes the connection next.
    socket.on("error", () => courier.dismiss(socket.id, byeOf("protocol_abuse")));
    socket.on("disconnect", (reason, details) => {
      people.remove(socket.id);
      const end = courier.forget(socket.id);
      const cause = end ? CAUSE_OF_END[end] : causeOf(reason, details, connection.unloading());
      const how = end ?? cause;
      if (how) counts.ends.add(how);
      log.info(`Client disconnected. Total clients: ${courier.count()}`, {
        socketId: socket.id,
        sessionId: connection.caller()?.sessionId,
        reason,
        cause: cause ?? end,
        connectedMs: clock.now() - connectedAt,
      });
      connection.end(cause);
      // Without its session the connection would stay for as long as the client likes, and could bring hello after hello.
      if (reason === "client namespace disconnect") socket.conn.close();
    });
  });

  return {
    sockets: people.sockets,
    async drain(withinMs) {
      draining = true;
      await parts.lobby.drain();
      await drainSockets({ courier, clock, withinMs });
    },
    async close() {
      draining = true;
      // Not more in a second than the server that is there next takes in.
      const delayMs = (n: number) => Math.round((1_000 * n) / MOVES_PER_SECOND);
      courier.dismissAll((n) => byeOf("draining", { delayMs: delayMs(n) }));
      await io.close();
      signsOfLife.end();
      await Promise.all(detaching);
    },
  };
}
