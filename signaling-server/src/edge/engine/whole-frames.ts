import type { Connection } from "./engine.ts";

/** What Engine.IO keeps beside its types. */
interface Inside {
  readonly transport: { readonly socket?: { readonly readyState: number } };
}

/** A packet that is sent next. */
interface Packet {
  readonly type: string;
  readonly data?: unknown;
  options: { readonly compress?: boolean; readonly wsPreEncodedFrame?: readonly Buffer[] };
}

/** Of a WebSocket (WHATWG WebSockets, section 3.1). */
const OPEN = 1;
/** Engine.IO's type of the packet that a message goes in (Engine.IO protocol 4). */
const MESSAGE = "4";
/** The last fragment of a text (RFC 6455 section 5.2). */
const TEXT_FRAME = 0x81;
/** In place of the length: it follows in two bytes. */
const LONGER = 126;
/** Longest text whose frame is made here, bytes; copying a longer one costs more than a second write. */
const MOST_BYTES = 2_048;

/** The frame of a message as a server sends it (RFC 6455 section 5.2); undefined for a long one. */
export function wholeFrame(data: string): Buffer | undefined {
  if (data.length > MOST_BYTES) return undefined;
  const size = MESSAGE.length + Buffer.byteLength(data);
  if (size > MOST_BYTES) return undefined;
  const start = size < LONGER ? 2 : 4;
  const frame = Buffer.allocUnsafe(start + size);
  frame[0] = TEXT_FRAME;
  if (size < LONGER) frame[1] = size;
  else {
    frame[1] = LONGER;
    frame.writeUInt16BE(size, 2);
  }
  frame.write(MESSAGE, start);
  frame.write(data, start + MESSAGE.length);
  return frame;
}

/**
 * Gives each short message that goes over a WebSocket its frame in one piece, which Engine.IO takes as it is: one write
 * of head and text costs a fifth less than a list of two.
 */
export function sendWholeFrames(connection: Connection): void {
  connection.on("flush", (packets: readonly Packet[]) => {
    if ((connection as unknown as Inside).transport.socket?.readyState !== OPEN) return;
    for (const packet of packets) {
      if (packet.type !== "message" || typeof packet.data !== "string") continue;
      const frame = wholeFrame(packet.data);
      if (frame) packet.options = { compress: false, wsPreEncodedFrame: [frame] };
    }
  });
}
