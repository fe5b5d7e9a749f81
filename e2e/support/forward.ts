import { request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** What a reverse proxy hands on to the signaling server; the README's example has the same paths. */
export const isForSignaling = (url = "/"): boolean => /^\/(socket\.io\/|v1\/|readyz$)/.test(url);

/** Hands a request on to `target`, and its answer back. */
export function forwardRequest(request: IncomingMessage, response: ServerResponse, target: string): void {
  const { method, headers } = request;
  const onward = ask(new URL(request.url ?? "/", target), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.once("error", () => response.destroy());
  request.pipe(onward);
}

/** Hands a request for a WebSocket on (RFC 6455 section 4): the same bytes there, then both ways. */
export function forwardUpgrade(
  request: IncomingMessage,
  { socket, head, target }: { readonly socket: Duplex; readonly head: Buffer; readonly target: string },
): void {
  const { hostname, port } = new URL(target);
  const onward = connect(Number(port), hostname, () => {
    const lines = request.rawHeaders.flatMap((text, index) =>
      index % 2 === 0 ? [`${text}: ${request.rawHeaders[index + 1]}`] : [],
    );
    onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  onward.once("error", () => socket.destroy());
  onward.once("close", () => socket.destroy());
  socket.once("error", () => onward.destroy());
  socket.once("close", () => onward.destroy());
}
