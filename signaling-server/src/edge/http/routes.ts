import { createHash, timingSafeEqual } from "node:crypto";
import type { RequestListener, Server } from "node:http";
import cors from "@fastify/cors";
import { type ErrorBody, errorBody, type HealthReply, LIMITS, MintRequest } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { type FastifyInstance, type FastifyRequest, fastify } from "fastify";
import type { Log } from "../../ports.ts";
import type { CallReports } from "../../service/call-reports.ts";
import type { IceGrants } from "../../service/ice/grants.ts";
import type { TurnServerStatus } from "../../service/ice/turn-monitor.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { MintToken } from "../identity.ts";
import type { LogCounts } from "../log/open-log.ts";
import { FOREIGN_ORIGIN, hasSecretInQuery, SECRET_IN_QUERY } from "./gate.ts";
import type { Networks } from "./networks.ts";
import { logRefusal } from "./refusal-log.ts";

export interface HttpParts {
  readonly lobby: Pick<Lobby, "stats" | "inspect">;
  readonly calls: Pick<CallReports, "overview">;
  readonly mint: MintToken;
  readonly clock: Clock;
  readonly log: Log;
  readonly allowedOrigins: readonly string[];
  readonly networks: Networks;
  /** What a newcomer is told who finds no place (SPEC N6); undefined while there is one, or for the bearer of a known token. */
  readonly refuseMint: (bearer: string | undefined) => Promise<ErrorBody | undefined>;
  /** Whether no newcomer gets in. */
  readonly isFull: () => boolean;
  readonly adminToken: string | undefined;
  /** Whether the server is stopping. */
  readonly draining: () => boolean;
  readonly sockets: () => number;
  /** Number of open TCP connections. */
  readonly connections: () => number;
  /** Undefined where the log is not this server's own. */
  readonly logCounts: (() => LogCounts) | undefined;
  /** Makes the HTTP server, whose requests `onRequest` answers. */
  readonly openServer: (onRequest: RequestListener) => Server;
  readonly ice: Pick<IceGrants, "count" | "relay">;
  /** The state of each TURN server. */
  readonly turn: () => readonly TurnServerStatus[];
}

const BODY_BYTES = 4_096;
/** Most sessions, and most rooms, that the debug page shows. */
const INSPECT_LIMIT = 1_000;

/** Counts for an operator. */
export interface ServerStats {
  readonly totalUsers: number;
  readonly totalRooms: number;
  readonly totalSockets: number;
  /** Open TCP connections, whatever protocol they speak. */
  readonly totalConnections: number;
  readonly online: number;
  readonly waiting: number;
  readonly graces: number;
  readonly memories: number;
  /** Sessions of which is known whose they are, for their TURN accounts. */
  readonly iceSessions: number;
  /** Calls since the start, each counted once for each of its sides. */
  readonly calls: { readonly connected: number; readonly failed: number; readonly abandoned: number };
  readonly logLines?: LogCounts;
}

export async function getStats({
  lobby,
  calls,
  sockets,
  connections,
  logCounts,
  ice,
}: Pick<HttpParts, "lobby" | "calls" | "sockets" | "connections" | "logCounts"> & {
  readonly ice: Pick<IceGrants, "count">;
}): Promise<ServerStats> {
  const { sessions, rooms, online, waiting, graces, memories } = await lobby.stats();
  const { connected, failed, abandoned } = calls.overview().totals;
  return {
    totalUsers: sessions,
    totalRooms: rooms,
    totalSockets: sockets(),
    totalConnections: connections(),
    online,
    waiting,
    graces,
    memories,
    iceSessions: ice.count(),
    calls: { connected, failed, abandoned },
    ...(logCounts ? { logLines: logCounts() } : {}),
  };
}

function bearerOf(request: FastifyRequest): string | undefined {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  return token !== undefined && token.length <= LIMITS.tokenChars ? token : undefined;
}

/** Compares in a time that shows neither how much of the guess is right nor how long the secret is. */
function isSame(guess: string, expected: string): boolean {
  const digest = (value: string) => createHash("sha256").update(value).digest();
  return timingSafeEqual(digest(guess), digest(expected));
}

/** The HTTP half of the server; not listening yet. */
export async function createHttpServer(parts: HttpParts): Promise<FastifyInstance> {
  const { lobby, calls, mint, clock, log, allowedOrigins, adminToken, draining } = parts;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    serverFactory: (onRequest) => parts.openServer(onRequest),
    frameworkErrors: ({ statusCode }, _request, reply) => {
      reply.raw.writeHead(statusCode ?? 400, { "content-type": "application/json" });
      reply.raw.end(JSON.stringify(errorBody("bad_request", "The request could not be read.")));
    },
    // What is no request is answered at the front door.
    clientErrorHandler: () => undefined,
  });

  // Before CORS, so that a preflight is refused like the request that it asks for.
  app.addHook("onRequest", async (request, reply) => {
    const { origin } = request.headers;
    if (origin === undefined || allowedOrigins.includes(origin)) return;
    logRefusal(parts, request.raw, FOREIGN_ORIGIN);
    reply.code(FOREIGN_ORIGIN.status);
    return reply.send(errorBody("bad_request", FOREIGN_ORIGIN.message));
  });

  await app.register(cors, {
    origin: [...allowedOrigins],
    methods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type"],
    maxAge: 600,
  });
  app.addHook("onRequest", async (request, reply) => {
    if (hasSecretInQuery(request.url)) {
      reply.code(400);
      return reply.send(errorBody("bad_request", SECRET_IN_QUERY));
    }
    const { "content-encoding": encoding = "identity" } = request.headers;
    if (encoding === "identity") return;
    reply.code(400);
    return reply.send(errorBody("bad_request", "Bodies are not compressed here."));
  });
  app.setNotFoundHandler(async (_request, reply) => {
    reply.code(404);
    return errorBody("bad_request", "There is no such address.");
  });
  app.setErrorHandler(
    async (error: { statusCode?: number; message?: string }, _request, reply): Promise<ErrorBody> => {
      const status = error.statusCode ?? 500;
      reply.code(status);
      if (status === 413) return errorBody("too_large");
      if (status < 500) return errorBody("bad_request", "The request could not be read.");
      log.error("An HTTP request failed", { error: error instanceof Error ? error.stack : String(error) });
      return errorBody("internal");
    },
  );

  app.post("/v1/sessions", async (request, reply) => {
    const body = MintRequest.safeParse(request.body === undefined ? {} : request.body);
    if (!body.success) {
      reply.code(400);
      return errorBody("bad_request", "The device group has to be a UUID.");
    }
    const current = bearerOf(request);
    const full = await parts.refuseMint(current);
    if (full) {
      reply.code(503).header("retry-after", Math.ceil((full.retryAfterMs ?? 0) / 1_000));
      return full;
    }
    const network = parts.networks.of(request.raw);
    const outcome = await mint(body.data, { current, networkKey: parts.networks.keyOf(network) });
    if (outcome.ok) return outcome.reply;
    const { retryAfterMs = 0 } = outcome.error;
    log.info("A page is told to wait", { what: "mint", network: network.shown });
    reply.code(429).header("retry-after", Math.ceil(retryAfterMs / 1_000));
    return outcome.error;
  });

  app.get("/healthz", async (): Promise<HealthReply> => ({ status: "ok" }));

  app.get("/readyz", async (_request, reply): Promise<HealthReply> => {
    const store = await lobby.stats().then(
      () => "ok" as const,
      () => "failed" as const,
    );
    const accepting = draining() ? "failed" : "ok";
    const room = parts.isFull() ? "failed" : "ok";
    const ready = store === "ok" && accepting === "ok" && room === "ok";
    if (!ready) reply.code(503);
    return {
      status: ready ? "ok" : "unavailable",
      checks: { store, accepting, room },
      relay: parts.ice.relay(),
    };
  });

  /** Adds a page for the operator alone; without an admin token there is none. */
  const debugPage = (path: string, content: () => object | Promise<object>): void => {
    if (adminToken === undefined) return;
    app.get(path, async (request, reply) => {
      if (!isSame(bearerOf(request) ?? "", adminToken)) {
        reply.code(401).header("www-authenticate", "Bearer");
        return errorBody("token_invalid");
      }
      return { at: new Date(clock.now()).toISOString(), ...(await content()) };
    });
  };
  debugPage("/debug/sessions", async () => {
    const [stats, held] = await Promise.all([getStats(parts), lobby.inspect(INSPECT_LIMIT)]);
    const turn = parts.turn().map(({ checkedAt, ...server }) => ({
      ...server,
      ...(checkedAt === undefined ? {} : { checkedAgoMs: clock.now() - checkedAt }),
    }));
    return { stats, turn, ...held };
  });
  debugPage("/debug/calls", () => calls.overview());

  return app;
}
