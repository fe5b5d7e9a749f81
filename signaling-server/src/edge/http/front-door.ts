import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@serendip/time";
import type { Log } from "../../ports.ts";
import { ENGINE_PATH, type Engine } from "../engine/engine.ts";
import type { NewcomerQueue } from "../newcomer-queue.ts";
import type { TlsIdentity } from "../tls/tls-files.ts";
import { createHttpOrTlsServer } from "../tls/tls-server.ts";
import { TCP_LIMITS, type TcpConnections, watchConnections } from "./connections.ts";
import type { Doorkeeper } from "./doorkeeper.ts";
import { faultOfForm, type Refusal } from "./form.ts";
import { refusalOf, WEB_SOCKET_TARGET } from "./gate.ts";
import { answerAsHttp1 } from "./http1.ts";
import type { Networks } from "./networks.ts";
import { boundConnections } from "./open-files.ts";
import { PipelinedRequest } from "./pipelined-request.ts";
import { bodyOf, createHeaderAdder, createRawAnswer, faultOfBytes, fieldsOf } from "./raw-answer.ts";
import { logRefusal } from "./refusal-log.ts";
import { headersFor, safeHeaders } from "./safe-headers.ts";

export interface FrontDoorParts {
  readonly engine: Engine;
  readonly newcomers: NewcomerQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly allowedOrigins: readonly string[];
  /** The server speaks TLS with it; absent: it speaks plain HTTP. */
  readonly tls?: TlsIdentity | undefined;
  readonly networks: Networks;
  readonly doorkeeper: Doorkeeper;
  /** Called where the origin of a page is not allowed. */
  readonly onOriginRefused?: () => void;
}

/** The HTTP server, and the connections to it. */
export interface FrontDoor {
  readonly server: Server;
  readonly connections: TcpConnections;
  /** Gives new connections another certificate; open ones stay as they are. */
  renew(identity: TlsIdentity): void;
}

const TOKEN_PATH = "/v1/";
/** The query of `WEB_SOCKET_TARGET`. */
const WEB_SOCKET_QUERY = { EIO: "4", transport: "websocket" } as const;
/** Time within which a whole request, body included, has to be there. */
const REQUEST_MS = 10_000;
/**
 * Time after which a connection without any traffic is closed; well above the longest wait of a poll, which PING_INTERVAL_MS
 * bounds.
 */
const SILENT_CONNECTION_MS = 60_000;

function answer(response: ServerResponse, refusal: Refusal, origin?: string): void {
  response.writeHead(refusal.status, fieldsOf(refusal, origin));
  response.end(bodyOf(refusal));
}

const isRefusal = (status: number): boolean => status >= 400 && status <= 499 && status !== 429;

/**
 * Whether no page that does what pages do gets such an answer. A restart forgets every connection that pages name (`sid`), and a
 * challenge (SPEC B14) is put to each newcomer.
 */
function isNoPagesDoing({ url = "" }: IncomingMessage, status: number): boolean {
  if (!isRefusal(status)) return false;
  if (status === 400 && url.startsWith(ENGINE_PATH) && url.includes("sid=")) return false;
  return !(status === 401 && url.startsWith(TOKEN_PATH));
}

/** A request that is let in is done by `inOrder`: at once, or when its turn has come. */
type Verdict =
  | { readonly refused: Refusal | "cut"; readonly inOrder?: undefined; readonly noteAnswer?: undefined }
  | {
      readonly refused?: undefined;
      readonly inOrder: (work: () => void) => void;
      /** To be called with the status of an answer. */
      readonly noteAnswer: (status: number) => void;
    };

/** Makes the server, which does not listen yet; `onRequest` answers the requests that are not for Engine.IO. */
export function openFrontDoor(parts: FrontDoorParts, onRequest: RequestListener): FrontDoor {
  const { engine, newcomers, clock, log, allowedOrigins, networks, doorkeeper } = parts;

  const refusalFor = (request: IncomingMessage): Refusal | undefined => {
    const refused = refusalOf(request, allowedOrigins);
    if (refused) logRefusal(parts, request, refused);
    return refused;
  };

  const options = {
    IncomingMessage: PipelinedRequest,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    // Node looks for requests that take too long only every half minute, unless told to look more often.
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: TCP_LIMITS.keepAliveMs - 3_000,
  };
  const { server, spoken, transport, renew } = createHttpOrTlsServer(options, parts.tls);
  const headers = safeHeaders(transport);
  const answerRaw = createRawAnswer(headers);
  const setHeaders = headersFor(headers);
  const addHeaders = createHeaderAdder(headers);
  server.setTimeout(SILENT_CONNECTION_MS);
  const connections = watchConnections({ server, spoken }, clock);
  boundConnections(server, log);

  const takeRequest: RequestListener = (request, response) => {
    if (!request.url?.startsWith(ENGINE_PATH)) {
      onRequest(request, response);
      return;
    }
    const refused = refusalFor(request);
    if (refused) answer(response, refused);
    else {
      connections.keepWhile(request.socket, () => engine.belongsToSession(request));
      engine.handleRequest(request, response);
    }
  };

  const takeUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    connections.keepWhile(socket, () => engine.belongsToSession(request));
    addHeaders(socket);
    // Engine.IO 6 reads no address whose query is there already, as Connect leaves it.
    if (request.url === WEB_SOCKET_TARGET) Object.assign(request, { _query: { ...WEB_SOCKET_QUERY } });
    engine.handleUpgrade(request, socket, head);
  };

  /** Says what becomes of a request before anything is done for it. Who belongs to a session is let in (SPEC N5). */
  const judge = (request: IncomingMessage, response?: ServerResponse): Verdict => {
    const { counted } = networks.of(request);
    const count = connections.serve(request.socket, counted);
    if (!faultOfForm(request) && engine.admits(request, response)) {
      const noteAnswer = (status: number) => isRefusal(status) && engine.noteRefused(request);
      return { inOrder: (work) => work(), noteAnswer };
    }
    const refused = doorkeeper.judge(request, count);
    if (refused === "cut") request.socket.destroy();
    if (refused) return { refused };
    const workUnlessGone = (work: () => void) => () => {
      if (!request.socket.destroyed) work();
    };
    return {
      inOrder: (work) => newcomers.add(workUnlessGone(work), counted),
      noteAnswer: (status) => isNoPagesDoing(request, status) && doorkeeper.noteRefused(request),
    };
  };

  // The handshake is the dearest that somebody can ask for without saying anything (SPEC N4, N7).
  if (transport === "tls")
    server.on("connection", (raw: Socket) => {
      if (raw.destroyed) return;
      const { counted } = networks.ofPeer(raw);
      const isCrowded = doorkeeper.isCrowded(connections.beginHandshake(raw, counted));
      if (isCrowded || !doorkeeper.allows(raw, "handshake")) raw.destroy();
    });

  // A peer that is a person, and no proxy, need not say anything to have too many connections (SPEC N7).
  server.on(spoken, (socket: Socket) => {
    const { counted } = networks.ofPeer(socket);
    if (doorkeeper.isCrowded(connections.serve(socket, counted))) socket.destroy();
  });

  server.on("request", (request, response) => {
    setHeaders(response);
    if (!connections.begin(request, response)) return;
    const { refused, inOrder, noteAnswer } = judge(request, response);
    if (refused === "cut") return;
    if (refused) {
      answer(
        response,
        refused,
        allowedOrigins.find((origin) => origin === request.headers.origin),
      );
      return;
    }
    response.once("finish", () => noteAnswer(response.statusCode));
    inOrder(() => takeRequest(request, response));
  });

  server.on("upgrade", (request, duplex, head) => {
    // The stream of an upgrade is always a TCP socket here.
    const socket = duplex as Socket;
    if (!connections.beginUpgrade(socket)) return;
    const { refused, inOrder, noteAnswer } = judge(request);
    if (refused === "cut") return;
    if (refused) {
      answerRaw(socket, refused);
      return;
    }
    const refuse = (refusal: Refusal): void => {
      noteAnswer(refusal.status);
      answerRaw(socket, refusal);
    };
    const fault = faultOfForm(request);
    const wanted = request.headers.upgrade?.toLowerCase() ?? "";
    if (fault) refuse(fault);
    // Clients that would rather speak HTTP/2 (curl --http2) go on with HTTP/1.1.
    else if (wanted.split(/[ ,]+/).includes("h2c"))
      answerAsHttp1(request, { socket, head, readAnew: () => server.emit(spoken, socket) });
    else if (wanted !== "websocket" || !request.url?.startsWith(ENGINE_PATH))
      refuse({ status: 404, message: "There is no such address." });
    else
      inOrder(() => {
        const refusal = refusalFor(request);
        if (refusal) refuse(refusal);
        else takeUpgrade(request, socket, head);
      });
  });
  server.once("close", doorkeeper.stop);

  server.on("clientError", (error: NodeJS.ErrnoException, duplex) => {
    const socket = duplex as Socket;
    const fault = faultOfBytes(error.code);
    if (fault && socket.writable && doorkeeper.allows(socket, "noRequest")) answerRaw(socket, fault);
    else socket.destroy();
  });

  return { server, connections, renew };
}
