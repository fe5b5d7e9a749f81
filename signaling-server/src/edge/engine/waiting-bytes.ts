import { TCP_LIMITS } from "../http/connections.ts";
import type { Connection } from "./engine.ts";

/** What a packet costs besides its text. */
const PACKET_BYTES = 64;

interface Outbound {
  /** Of a WebSocket: what waits there until the system takes it. */
  readonly transport: { readonly socket?: { readonly bufferedAmount: number } };
}

/**
 * Counts what waits for a client that does not read (SPEC W9), packets of every kind. Engine.IO has no such bound: one client
 * that stops reading would take hundreds of megabytes. All that is kept for a returning partner (SPEC R6) fits, with room
 * for the rest.
 */
export function createWaitingBytes(connection: Connection, onTooMany: () => void): void {
  let waiting = 0;
  connection.on("packetCreate", ({ data }: { readonly data?: unknown }) => {
    waiting += PACKET_BYTES + (typeof data === "string" ? data.length : 0);
    const { socket } = (connection as unknown as Outbound).transport;
    if (waiting + (socket?.bufferedAmount ?? 0) > TCP_LIMITS.waitingBytes) onTooMany();
  });
  connection.on("flush", () => {
    waiting = 0;
  });
}
