/** What joins the packets of a body (Engine.IO protocol 4, "HTTP long-polling"). */
const SEPARATOR = "\u001e";

/** What Engine.IO's polling transport keeps beside its types. */
export interface PollingTransport {
  onData(body: string): void;
}

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
 * ten thousand.
 */
export function boundBodies(
  transport: PollingTransport,
  { packets, onTooMany }: { readonly packets: number; readonly onTooMany: () => void },
): void {
  const read = transport.onData.bind(transport);
  transport.onData = (body) => (holdsMoreThan(packets, body) ? onTooMany() : read(body));
}
