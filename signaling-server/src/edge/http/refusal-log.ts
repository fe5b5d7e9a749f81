import type { IncomingMessage } from "node:http";
import type { Log } from "../../ports.ts";
import type { Refusal } from "./form.ts";
import type { Networks } from "./networks.ts";

/** Longest part of a refused origin that is logged. */
const ORIGIN_CHARS = 200;

/** An operator whose page cannot connect has to see which Origin it came with. */
export function logRefusal(
  { log, networks }: { readonly log: Log; readonly networks: Pick<Networks, "of"> },
  request: IncomingMessage,
  { status, message }: Refusal,
): void {
  const { origin } = request.headers;
  log.info("Connection refused", {
    status,
    reason: message,
    network: networks.of(request).shown,
    ...(origin === undefined ? {} : { origin: origin.slice(0, ORIGIN_CHARS) }),
  });
}
