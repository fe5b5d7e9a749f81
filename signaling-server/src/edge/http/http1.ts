import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

const HOP_FIELDS = new Set(["connection", "upgrade", "http2-settings"]);

/**
 * Declines an upgrade and answers the request as HTTP/1.1, as RFC 9110 section 7.8 allows: the request is read anew without
 * its Upgrade field, its body included. The connection is closed after the answer.
 *
 * @param rest.readAnew has the server read the socket from its beginning
 */
export function answerAsHttp1(
  { method, url, rawHeaders }: IncomingMessage,
  rest: { readonly socket: Duplex; readonly head: Buffer; readonly readAnew: () => void },
): void {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = [rawHeaders[at], rawHeaders[at + 1]];
    if (!HOP_FIELDS.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  lines.push("Connection: close", "", "");
  // Node reads header fields as latin1 (RFC 9110 section 5.5).
  rest.socket.unshift(Buffer.concat([Buffer.from(lines.join("\r\n"), "latin1"), rest.head]));
  rest.readAnew();
}
