import type { Socket as TcpSocket } from "node:net";
import type { WebSocket } from "ws";
import type { Connection } from "./engine.ts";

/**
 * What Engine.IO 6.6 and ws 8 keep beside their types. Where one of these is not there, or has another value, everything goes the
 * libraries' own way.
 */
interface Inside {
  /** Packets that wait for the transport. */
  readonly writeBuffer?: readonly unknown[];
  /** Null but for the time from a ping to its answer, in which Engine.IO wants to see every packet. */
  readonly pingTimeoutTimer?: unknown;
  readonly transport: {
    /** False from a packet until it has been written. */
    readonly writable?: boolean;
    /** Of a WebSocket that is not just being tried. */
    readonly socket?: WebSocket & { readonly _socket?: TcpSocket };
  };
}
const inside = (connection: Connection) => connection as unknown as Inside;

/** Of a WebSocket (WHATWG WebSockets, section 3.1). */
const OPEN = 1;
/** The only fragment of a text (RFC 6455 section 5.2). */
const TEXT_FRAME = 0x81;
/** In place of the length: it follows in two bytes. */
const LONGER = 126;
/** A longer payload has its length in eight bytes. */
const MOST_CHARS = 0xff_ff;
/** Engine.IO's type of the packet that a message goes in (Engine.IO protocol 4). */
const MESSAGE = "4";

/**
 * The frame of a message as a server sends it (RFC 6455 section 5.2), each byte a character; undefined where it is too long, or not
 * all ASCII.
 */
export function frameOf(text: string): string | undefined {
  const size = MESSAGE.length + text.length;
  if (size > MOST_CHARS || Buffer.byteLength(text) !== text.length) return undefined;
  const head =
    size < LONGER
      ? String.fromCharCode(TEXT_FRAME, size)
      : String.fromCharCode(TEXT_FRAME, LONGER, size >> 8, size & 0xff);
  return `${head}${MESSAGE}${text}`;
}

/** The TCP connection, where a message on it would overtake none, and is read (SPEC W9). */
function idleTcpOf(connection: Connection): TcpSocket | undefined {
  const { writeBuffer, transport } = inside(connection);
  const { socket, writable } = transport;
  if (connection.readyState !== "open" || !writable || writeBuffer?.length !== 0) return undefined;
  return socket?.readyState === OPEN && socket._socket?.writableLength === 0 ? socket._socket : undefined;
}

/**
 * Lets messages go past Engine.IO straight to the TCP connection of an open WebSocket that nothing waits for. What Engine.IO and the
 * WebSocket library do besides costs twice as much as the write itself, and a list of head and text more than one string.
 */
export function writeShortly(connection: Connection): void {
  const write = connection.write.bind(connection);
  connection.write = (message, options, onWritten) => {
    const tcp = onWritten === undefined ? idleTcpOf(connection) : undefined;
    const frame = tcp && typeof message === "string" ? frameOf(message) : undefined;
    if (tcp === undefined || frame === undefined) return write(message, options, onWritten);
    tcp.write(frame, "latin1");
    return connection;
  };
}

/** Writes two messages, in one write of the system where they may go this way. */
export function writeTogether(connection: Connection, messages: readonly [string, string]): void {
  const tcp = idleTcpOf(connection);
  const [first, second] = tcp ? messages.map(frameOf) : [];
  if (tcp && first !== undefined && second !== undefined) tcp.write(first + second, "latin1");
  else for (const message of messages) connection.write(message);
}

/** Whether Engine.IO would only hand on a message that has come over this WebSocket. */
export function onlyHandsOn(connection: Connection, webSocket: WebSocket): boolean {
  const { pingTimeoutTimer, transport } = inside(connection);
  return connection.readyState === "open" && pingTimeoutTimer === null && transport.socket === webSocket;
}
