import { TCP_LIMITS } from "../http/connections.ts";
import type { Connection } from "./engine.ts";

/** Memory that a packet takes besides its text. */
const PACKET_BYTES = 64;
/** Less than this is no reason to look at the socket as well, which costs time with each packet. */
const FEW_BYTES = 16 * 1024;

interface Outbound {
  /** Of a WebSocket: the bytes that wait in it until the system takes them. */
  readonly transport: { readonly socket?: { readonly bufferedAmount: number } };
}

/**
 * Counts the bytes that wait for a client that does not read (SPEC W9), in packets of every kind. Engine.IO has no such
 * bound: one client that stops reading would take hundreds of megabytes. All signals that are kept for a returning partner
 * (SPEC R6) fit, with room for the rest.
 */
export function createWaitingBytes(connection: Connection, onTooMany: () => void): void {
  let waiting = 0;
  connection.on("packetCreate", ({ data }: { readonly data?: unknown }) => {
    waiting += PACKET_BYTES + (typeof data === "string" ? data.length : 0);
    if (waiting < FEW_BYTES) return;
    const { socket } = (connection as unknown as Outbound).transport;
    if (waiting + (socket?.bufferedAmount ?? 0) > TCP_LIMITS.waitingBytes) onTooMany();
  });
  connection.on("flush", () => {
    waiting = 0;
  });
}
