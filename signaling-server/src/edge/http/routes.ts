import type { RequestListener, Server } from "node:http";
import cors from "@fastify/cors";
import { type ErrorBody, type ErrorCode, errorBody, type HealthReply, MintRequest } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { type FastifyInstance, fastify } from "fastify";
import type { Revocations } from "../../ports/identity.ts";
import type { Log } from "../../ports.ts";
import type { CallReports } from "../../service/call-reports.ts";
import type { IceGrants } from "../../service/ice/grants.ts";
import type { TurnServerStatus } from "../../service/ice/turn-monitor.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { MintToken } from "../identity.ts";
import type { LogCounts } from "../log/open-log.ts";
import type { SocketSummary } from "../socket/live-people.ts";
import { FOREIGN_ORIGIN, hasSecretInQuery, SECRET_IN_QUERY } from "./gate.ts";
import type { Networks } from "./networks.ts";
import { bearerOf, openOperatorPages } from "./operator.ts";
import { addReadiness, type ReadinessParts } from "./readiness.ts";
import { logRefusal } from "./refusal-log.ts";

const WRONG_TYPE = "The body has to be JSON; send the header Content-Type: application/json.";

export interface HttpParts extends ReadinessParts {
  readonly lobby: Pick<Lobby, "stats" | "inspect" | "whoseIs">;
  readonly calls: Pick<CallReports, "overview">;
  readonly mint: MintToken;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly log: Log;
  readonly allowedOrigins: readonly string[];
  readonly networks: Networks;
  /** Whether no newcomer gets in. */
  readonly isFull: () => boolean;
  readonly adminToken: string | undefined;
  /** Whether the server is stopping. */
  readonly draining: () => boolean;
  readonly sockets: () => number;
  /** The sockets that are open, the given number at most. */
  readonly socketList: (limit: number) => readonly SocketSummary[];
  /** Number of open TCP connections. */
  readonly connections: () => number;
  /** Undefined where the log is not this server's own. */
  readonly logCounts: (() => LogCounts) | undefined;
  /** Called where the origin of a page is not allowed. */
  readonly onOriginRefused?: () => void;
  /** Makes the HTTP server, whose requests `onRequest` answers. */
  readonly openServer: (onRequest: RequestListener) => Server;
  readonly ice: Pick<IceGrants, "count" | "relay">;
  /** The state of each TURN server. */
  readonly turn: () => readonly TurnServerStatus[];
}

/** The answer to a challenge may be as long as a token. */
const BODY_BYTES = 8_192;
/** Statuses of a refused mint; 503 for any other code. */
const MINT_STATUS: { readonly [Code in ErrorCode]?: number } = {
  token_invalid: 401,
  challenge_required: 401,
  revoked: 403,
  rate_limited: 429,
};

/** No route has a schema of Fastify's, whose compilers take a tenth of the time to start: zod reads what comes. */
const withoutSchemas = (): never => {
  throw new Error("Bodies are read by the schemas of the protocol, not by Fastify's.");
};

const sayOfBody = (field: unknown): string =>
  field === "answer" ? "That is no answer to a challenge." : "The device group has to be a UUID.";

/** The HTTP half of the server; not listening yet. */
export async function createHttpServer(parts: HttpParts): Promise<FastifyInstance> {
  const { mint, log, allowedOrigins, adminToken } = parts;
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    schemaController: {
      compilersFactory: { buildValidator: withoutSchemas, buildSerializer: withoutSchemas },
    },
    serverFactory: (onRequest) => parts.openServer(onRequest),
    frameworkErrors: ({ statusCode }, _request, reply) => {
      reply.raw.writeHead(statusCode ?? 400, { "content-type": "application/json" });
      reply.raw.end(JSON.stringify(errorBody("bad_request", "The request could not be read.")));
    },
    // What is no request is answered at the front door.
    clientErrorHandler: () => undefined,
  });

  // Before CORS, so that a preflight is refused like the request that it asks for.
  app.addHook("onRequest", (request, reply, next) => {
    const { origin } = request.headers;
    if (origin === undefined || allowedOrigins.includes(origin)) next();
    else {
      logRefusal(parts, request.raw, FOREIGN_ORIGIN);
      reply.code(FOREIGN_ORIGIN.status).send(errorBody("bad_request", FOREIGN_ORIGIN.message));
    }
  });

  await app.register(cors, {
    origin: [...allowedOrigins],
    methods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type"],
    maxAge: 600,
  });
  app.addHook("onRequest", (request, reply, next) => {
    const refuse = (message: string) => reply.code(400).send(errorBody("bad_request", message));
    const { "content-encoding": encoding = "identity" } = request.headers;
    if (hasSecretInQuery(request.url)) refuse(SECRET_IN_QUERY);
    else if (encoding === "identity") next();
    else refuse("Bodies are not compressed here.");
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
      if (status === 415) return errorBody("bad_request", WRONG_TYPE);
      if (status < 500) return errorBody("bad_request", "The request could not be read.");
      log.error("An HTTP request failed", { error: error instanceof Error ? error.stack : String(error) });
      return errorBody("internal");
    },
  );

  app.post("/v1/sessions", async (request, reply) => {
    const body = MintRequest.safeParse(request.body === undefined ? {} : request.body);
    if (!body.success) {
      reply.code(400);
      return errorBody("bad_request", sayOfBody(body.error.issues[0]?.path[0]));
    }
    const current = bearerOf(request);
    const network = parts.networks.of(request.raw);
    const verdict = await mint({ request: body.data, current, networkKey: parts.networks.keyOf(network) });
    if (verdict.ok) return verdict.reply;
    const { code, retryAfterMs } = verdict.error;
    if (code === "rate_limited") log.info("A page is told to wait", { what: "mint", network: network.shown });
    reply.code(MINT_STATUS[code] ?? 503);
    if (retryAfterMs !== undefined) reply.header("retry-after", Math.ceil(retryAfterMs / 1_000));
    return verdict.error;
  });

  app.get("/healthz", async (): Promise<HealthReply> => ({ status: "ok" }));

  await app.register(async (scope) => addReadiness(scope, parts));

  if (adminToken !== undefined)
    await app.register(async (scope) => openOperatorPages(scope, { ...parts, adminToken }));

  return app;
}
