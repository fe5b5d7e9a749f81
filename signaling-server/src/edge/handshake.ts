import type { IncomingMessage, ServerResponse } from "node:http";
import {
  acceptsProtocol,
  type ErrorBody,
  errorBody,
  Hello,
  HelloVersion,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
} from "@serendip/protocol";

export type HelloReading =
  | { readonly ok: true; readonly hello: Hello }
  | { readonly ok: false; readonly error: ErrorBody };

/** Reads a hello, its version first: nothing else of another version's hello is looked at (SPEC V1). */
export function readHello(auth: unknown): HelloReading {
  const version = HelloVersion.safeParse(auth);
  if (!version.success)
    return { ok: false, error: errorBody("bad_request", "The hello names no protocol version.") };
  const verdict = acceptsProtocol(version.data.protocol);
  if (verdict !== "accepted") {
    const side =
      verdict === "too_old" ? "The page is older than the server" : "The server is older than the page";
    const window = `${MIN_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`;
    return { ok: false, error: errorBody("version_unsupported", `${side}, which speaks ${window}.`) };
  }
  const hello = Hello.safeParse(auth);
  if (hello.success) return { ok: true, hello: hello.data };
  const field = hello.error.issues[0]?.path.join(".") ?? "";
  return { ok: false, error: errorBody("bad_request", `The hello's field "${field}" does not fit.`) };
}

/** Names under which secrets have been put into URLs; URLs end up in logs. */
const SECRET_FIELDS = new Set([
  "token",
  "access_token",
  "auth",
  "jwt",
  "authorization",
  "resume",
  "resumesecret",
  "secret",
  "ticket",
]);

/** Whether a URL carries what belongs in the hello or a header (SPEC W1). */
export function hasSecretInQuery(url: string | undefined): boolean {
  const query = new URLSearchParams(url?.split("?").slice(1).join("?"));
  return [...query.keys()].some((name) => SECRET_FIELDS.has(name.toLowerCase()));
}

export const SECRET_IN_QUERY = "A token or secret belongs in the hello or in a header, never in a URL.";

export interface GateRefusal {
  readonly status: 400 | 403;
  readonly message: string;
}

/** Whether a request may open a connection at all (SPEC W1, W7). */
export function refusalOf(
  request: IncomingMessage,
  allowedOrigins: readonly string[],
): GateRefusal | undefined {
  if (hasSecretInQuery(request.url)) return { status: 400, message: SECRET_IN_QUERY };
  const { origin } = request.headers;
  if (origin === undefined)
    return request.headers["sec-fetch-site"] === "same-origin"
      ? undefined
      : { status: 403, message: "The Origin header is missing." };
  return allowedOrigins.includes(origin)
    ? undefined
    : { status: 403, message: "This Origin is not in ALLOWED_ORIGINS." };
}

const STATUS_TEXT = { 400: "Bad Request", 403: "Forbidden" } as const;

/**
 * Answers a refused request. A WebSocket upgrade has no response object of its own (the engine's stand-in writes
 * nothing), so its answer goes to the raw socket.
 */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: GateRefusal): void {
  const body = JSON.stringify(errorBody("bad_request", refusal.message));
  if (request.headers.upgrade === undefined) {
    response.writeHead(refusal.status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(body);
    return;
  }
  const head = [
    `HTTP/1.1 ${refusal.status} ${STATUS_TEXT[refusal.status]}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  request.socket.on("error", () => request.socket.destroy());
  request.socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
