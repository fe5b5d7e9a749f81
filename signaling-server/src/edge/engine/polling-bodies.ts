/** What joins the packets of a body (Engine.IO protocol 4, "HTTP long-polling"). */
const SEPARATOR = "\u001e";

/** What Engine.IO's polling transport keeps beside its types. */
export interface PollingTransport {
  onData(body: string): void;
  /** Called with each packet of a body. */
  onPacket(packet: { readonly data?: unknown }): void;
}

/** A copy that keeps nothing else alive: a part of a string is a view of the whole of it in V8. */
const detached = (part: string): string => Buffer.from(part).toString();

function holdsMoreThan(packets: number, body: string): boolean {
  let at = -1;
  for (let seen = 0; seen < packets; seen += 1) {
    at = body.indexOf(SEPARATOR, at + 1);
    if (at === -1) return false;
  }
  return true;
}

/**
 * Looks at each body before any of its packets is read: Engine.IO takes them all in one go, and a body that may come holds
 * ten thousand. No packet keeps its body: a signal of 200 B that waits for a partner (SPEC R6) would hold 64 KiB.
 */
export function boundBodies(
  transport: PollingTransport,
  { packets, onTooMany }: { readonly packets: number; readonly onTooMany: () => void },
): void {
  const read = transport.onData.bind(transport);
  const take = transport.onPacket.bind(transport);
  transport.onPacket = (packet) =>
    take(typeof packet.data === "string" ? { ...packet, data: detached(packet.data) } : packet);
  transport.onData = (body) => (holdsMoreThan(packets, body) ? onTooMany() : read(body));
}
