import type { IncomingMessage } from "node:http";
import { PAGE_HEADER } from "@serendip/protocol";
import type { Refusal } from "./form.ts";

/**
 * Words in the names under which secrets have been put into URLs; URLs end up in logs. Whatever stands around such a word in
 * the name (`id_token`, `auth.token`, `token[]`, `sessionToken`), and whatever separates the names. Anybody may send such a text: each
 * character is looked at from one separator only, because what is skipped holds none.
 */
const SECRET_NAME =
  /(?:^|[?&;])[^?&;=]*?(?:token|auth|jwt|bearer|resume|secret|ticket|passw|credential|api.?key)/i;
/** The beginning of `{"` in base64url, and with it of the header of each JSON Web Token (RFC 7519). */
const JWT_START = "eyJ";
/** The shortest header that is looked for. */
const JWT_HEADER_CHARS = 9;
/** What may be the header of one: a whole run of its characters, with another one after the full stop. */
const BEFORE_FULL_STOP = /(?<![\w-])[\w-]+(?=\.[\w-])/g;

/** Whether a JSON Web Token stands in a text, under whatever name. Each run of characters is looked at once. */
const holdsJwt = (text: string): boolean =>
  (text.match(BEFORE_FULL_STOP) ?? []).some((run) => {
    const start = run.indexOf(JWT_START);
    return start !== -1 && run.length - start >= JWT_HEADER_CHARS;
  });

/** What follows the first question mark. */
function textOf(url = ""): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start + 1);
}

/** Names as they are meant; escapes beyond ASCII are in none of the words. */
const decoded = (text: string): string =>
  text.replace(/%([2-7][\da-f])/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** What a page asks for that opens a WebSocket, in which there is nothing to look for. */
export const WEB_SOCKET_TARGET = "/socket.io/?EIO=4&transport=websocket";

/** Whether the query of a URL holds a secret, which belongs in the hello or a header (SPEC W14). */
export function hasSecretInQuery(url: string | undefined): boolean {
  const query = textOf(url);
  if (query === "") return false;
  const text = decoded(query);
  return SECRET_NAME.test(text) || holdsJwt(text);
}

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

function faultOfQuery(url: string | undefined): string | undefined {
  const query = new URLSearchParams(textOf(url));
  if (query.has("j")) return "There is no JSONP here.";
  const [version, ...more] = query.getAll("EIO");
  if (version === "4" && more.length === 0) return undefined;
  return "Only version 4 of Engine.IO is spoken here (Socket.IO 3 and newer).";
}

/** Why a request may not open or use an Engine.IO connection (SPEC W1, W7, W14, X8); undefined when it may. */
export function refusalOf(request: IncomingMessage, allowedOrigins: readonly string[]): Refusal | undefined {
  const isPlain = request.url === WEB_SOCKET_TARGET;
  if (!isPlain && hasSecretInQuery(request.url)) return { status: 400, message: SECRET_IN_QUERY };
  if (!METHODS.has(request.method)) return { status: 400, message: "Only GET and POST mean something here." };
  const fault = isPlain ? undefined : faultOfQuery(request.url);
  if (fault !== undefined) return { status: 400, message: fault };
  const { origin } = request.headers;
  if (origin === undefined)
    return isSameOrigin(request) ? undefined : { status: 403, message: "The Origin header is missing." };
  return allowedOrigins.includes(origin) ? undefined : FOREIGN_ORIGIN;
}
