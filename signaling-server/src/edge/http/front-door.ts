import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { errorBody } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Log } from "../../ports.ts";
import type { Engine } from "../engine/engine.ts";
import type { NewcomerQueue } from "../newcomer-queue.ts";
import { TCP_LIMITS, type TcpConnections, watchConnections } from "./connections.ts";
import { faultOfForm, type Refusal } from "./form.ts";
import { refusalOf } from "./gate.ts";
import { answerAsHttp1 } from "./http1.ts";
import { boundConnections } from "./open-files.ts";
import { PipelinedRequest } from "./pipelined-request.ts";
import { logRefusal } from "./refusal-log.ts";

export interface FrontDoorParts {
  readonly engine: Engine;
  readonly newcomers: NewcomerQueue;
  readonly clock: Clock;
  readonly log: Log;
  readonly allowedOrigins: readonly string[];
}

/** The HTTP server, and the connections to it. */
export interface FrontDoor {
  readonly server: Server;
  readonly connections: TcpConnections;
}

const ENGINE_PATH = "/socket.io/";
/** Time within which a whole request, body included, has to be there. */
const REQUEST_MS = 10_000;
/**
 * Time after which a connection without any traffic is closed; well above the longest wait of a poll, which PING_INTERVAL_MS
 * bounds.
 */
const SILENT_CONNECTION_MS = 60_000;

const HEADERS = { "content-type": "application/json", "cache-control": "no-store" } as const;
const REASON = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  411: "Length Required",
  414: "URI Too Long",
  417: "Expectation Failed",
} as const;

/** Answers on a raw socket, for which there is no response object, and closes it. */
function answerRaw(socket: Duplex, { status, message }: Refusal): void {
  const body = JSON.stringify(errorBody("bad_request", message));
  const head = [
    `HTTP/1.1 ${status} ${REASON[status]}`,
    "Connection: close",
    ...Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function answer(response: ServerResponse, { status, message }: Refusal): void {
  response.writeHead(status, HEADERS);
  response.end(JSON.stringify(errorBody("bad_request", message)));
}

/** Makes the server, which does not listen yet; `onRequest` answers the requests that are not for Engine.IO. */
export function openFrontDoor(parts: FrontDoorParts, onRequest: RequestListener): FrontDoor {
  const { engine, newcomers, clock, log, allowedOrigins } = parts;

  const refusal = (request: IncomingMessage): Refusal | undefined => {
    const refused = refusalOf(request, allowedOrigins);
    if (refused) logRefusal(log, request, refused);
    return refused;
  };

  const server = createServer({
    IncomingMessage: PipelinedRequest,
    headersTimeout: REQUEST_MS,
    requestTimeout: REQUEST_MS,
    // Node looks for requests that take too long only every half minute, unless told to look more often.
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: TCP_LIMITS.keepAliveMs - 3_000,
  });
  server.setTimeout(SILENT_CONNECTION_MS);
  const connections = watchConnections(server, clock);
  boundConnections(server, log);

  const takeRequest: RequestListener = (request, response) => {
    if (!request.url?.startsWith(ENGINE_PATH)) {
      onRequest(request, response);
      return;
    }
    const refused = refusal(request);
    if (refused) answer(response, refused);
    else {
      connections.keepWhile(request.socket, () => engine.belongsToSession(request));
      engine.handleRequest(request, response);
    }
  };

  const takeUpgrade = (request: IncomingMessage, socket: Socket, head: Buffer): void => {
    const refused = refusal(request);
    if (refused) {
      answerRaw(socket, refused);
      return;
    }
    connections.keepWhile(socket, () => engine.belongsToSession(request));
    engine.handleUpgrade(request, socket, head);
  };

  const inOrder = (request: IncomingMessage, work: () => void): void => {
    if (engine.belongsToSession(request)) work();
    else
      newcomers.add(() => {
        if (!request.socket.destroyed) work();
      });
  };

  server.on("request", (request, response) => {
    if (connections.begin(request, response)) inOrder(request, () => takeRequest(request, response));
  });

  server.on("upgrade", (request, duplex, head) => {
    // The stream of an upgrade is always a TCP socket here.
    const socket = duplex as Socket;
    if (!connections.beginUpgrade(socket)) return;
    const fault = faultOfForm(request);
    const wanted = request.headers.upgrade?.toLowerCase() ?? "";
    if (fault) answerRaw(socket, fault);
    // Clients that would rather speak HTTP/2 (curl --http2) go on with HTTP/1.1.
    else if (wanted.split(/[ ,]+/).includes("h2c")) answerAsHttp1(server, request, { socket, head });
    else if (wanted !== "websocket" || !request.url?.startsWith(ENGINE_PATH))
      answerRaw(socket, { status: 404, message: "There is no such address." });
    else inOrder(request, () => takeUpgrade(request, socket, head));
  });

  return { server, connections };
}
