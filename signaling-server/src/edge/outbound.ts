import type { Socket } from "socket.io";

/**
 * What may wait for a client that does not read (SPEC W9). Socket.IO has no such bound: one client that stops reading
 * would take hundreds of megabytes. All that is kept for a returning partner (SPEC R6) fits, with room for the rest.
 */
const OUTBOUND_BYTES = 320 * 1024;
/** What a packet costs besides its text. */
const PACKET_BYTES = 64;

/** What the engine and its WebSocket keep until the system takes it; there in every version, though not in the types. */
interface Outbound {
  readonly writeBuffer: readonly { readonly data?: unknown }[];
  readonly transport?: { readonly socket?: { readonly bufferedAmount?: number } };
}

/** Whether more waits for this client than may. */
export function isClogged(socket: Pick<Socket, "conn">): boolean {
  const { writeBuffer, transport } = socket.conn as unknown as Outbound;
  let bytes = (transport?.socket?.bufferedAmount ?? 0) + writeBuffer.length * PACKET_BYTES;
  for (const { data } of writeBuffer) bytes += typeof data === "string" ? data.length : 0;
  return bytes > OUTBOUND_BYTES;
}
