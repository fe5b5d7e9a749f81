import type { IncomingMessage } from "node:http";
import type { Log } from "../../ports.ts";
import type { Refusal } from "./form.ts";
import { networkOf } from "./network-of.ts";

/** Longest part of a refused origin that is logged. */
const ORIGIN_CHARS = 200;

/** An operator whose page cannot connect has to see which Origin it came with. */
export function logRefusal(log: Log, request: IncomingMessage, { status, message }: Refusal): void {
  const { origin } = request.headers;
  log.info("Connection refused", {
    status,
    reason: message,
    network: networkOf(request.socket.remoteAddress),
    ...(origin === undefined ? {} : { origin: origin.slice(0, ORIGIN_CHARS) }),
  });
}
