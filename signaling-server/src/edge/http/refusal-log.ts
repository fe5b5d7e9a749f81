import type { IncomingMessage } from "node:http";
import type { Log } from "../../ports.ts";
import type { Refusal } from "./form.ts";
import { FOREIGN_ORIGIN } from "./gate.ts";
import type { Networks } from "./networks.ts";

/** Longest part of a refused origin that is logged. */
const ORIGIN_CHARS = 200;

/** An operator whose page cannot connect has to see which Origin it came with. */
export function logRefusal(
  parts: {
    readonly log: Log;
    readonly networks: Pick<Networks, "of">;
    /** Called where the origin of a page is not allowed. */
    readonly onOriginRefused?: () => void;
  },
  request: IncomingMessage,
  refusal: Refusal,
): void {
  const { log, networks, onOriginRefused } = parts;
  const { status, message } = refusal;
  if (refusal === FOREIGN_ORIGIN) onOriginRefused?.();
  const { origin } = request.headers;
  log.info("Connection refused", {
    status,
    reason: message,
    network: networks.of(request).shown,
    ...(origin === undefined ? {} : { origin: origin.slice(0, ORIGIN_CHARS) }),
  });
}
