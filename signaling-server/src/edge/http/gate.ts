import type { IncomingMessage } from "node:http";
import { PAGE_HEADER } from "@serendip/protocol";
import type { Refusal } from "./form.ts";

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

const queryOf = (url: string | undefined) => new URLSearchParams(url?.split("?").slice(1).join("?"));

const holdsSecret = (query: URLSearchParams) =>
  [...query.keys()].some((name) => SECRET_FIELDS.has(name.toLowerCase()));

/** Whether the query of a URL holds a secret, which belongs in the hello or a header (SPEC W14). */
export const hasSecretInQuery = (url: string | undefined): boolean => holdsSecret(queryOf(url));

export const FOREIGN_ORIGIN: Refusal = { status: 403, message: "This Origin is not in ALLOWED_ORIGINS." };
export const SECRET_IN_QUERY = "A token or secret belongs in the hello or in a header, never in a URL.";

const METHODS: ReadonlySet<string | undefined> = new Set(["GET", "POST", "OPTIONS"]);

/**
 * Whether a browser says that the request comes from a page of this very origin. Some browsers leave out Origin and
 * Sec-Fetch-Site then; a header of the page's own stands in, because another site cannot add one without being asked first
 * (Fetch, CORS preflight), and then Origin is there.
 */
const isSameOrigin = ({ headers }: IncomingMessage): boolean =>
  headers["sec-fetch-site"] === "same-origin" ||
  (headers["sec-fetch-site"] === undefined && headers[PAGE_HEADER] !== undefined);

/** Why a request may not open or use an Engine.IO connection (SPEC W1, W7, W14, X8); undefined when it may. */
export function refusalOf(request: IncomingMessage, allowedOrigins: readonly string[]): Refusal | undefined {
  const query = queryOf(request.url);
  if (holdsSecret(query)) return { status: 400, message: SECRET_IN_QUERY };
  if (!METHODS.has(request.method)) return { status: 400, message: "Only GET and POST mean something here." };
  if (query.has("j")) return { status: 400, message: "There is no JSONP here." };
  const [version, ...more] = query.getAll("EIO");
  if (version !== "4" || more.length > 0)
    return { status: 400, message: "Only version 4 of Engine.IO is spoken here (Socket.IO 3 and newer)." };
  const { origin } = request.headers;
  if (origin === undefined)
    return isSameOrigin(request) ? undefined : { status: 403, message: "The Origin header is missing." };
  return allowedOrigins.includes(origin) ? undefined : FOREIGN_ORIGIN;
}
