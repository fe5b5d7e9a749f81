import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";

/** How long a page may take to answer the closing of its WebSocket; the library would wait half a minute for each. */
const CLOSE_ANSWER_MS = 1_000;

/** Kinds of WebSocket frames that cost the server something. */
const FRAMES = ["message", "ping", "pong"] as const;

/** After so many frames of one WebSocket, or bytes, it is the others' turn: one read of the system may hold nine thousand. */
const IN_A_ROW = { frames: 32, bytes: 64 * 1024 } as const;

/** Frames that one message may come in (RFC 6455 section 5.4); browsers divide only long ones, and into few. */
const MOST_FRAGMENTS = 64;

/** What the library keeps beside its types. */
interface Inside {
  /** False: the next frame is handed over in the next turn of the event loop, and so is what has come after it. */
  readonly _receiver?: {
    _allowSynchronousEvents: boolean;
    /** What has come and is not read yet. */
    readonly _bufferedBytes: number;
  };
}

/**
 * Counts frames, and lets only the others' turn follow the last of so many in a row.
 *
 * @returns to be called with the bytes of each frame
 */
function takeTurns(webSocket: WebSocket): (bytes: number) => void {
  const receiver = (webSocket as Inside)._receiver;
  const row = { frames: 0, bytes: 0 };
  let isFull = false;
  return (size) => {
    if (!receiver) return;
    if (isFull) receiver._allowSynchronousEvents = true;
    const isLast = receiver._bufferedBytes === 0;
    if (isFull || isLast) {
      isFull = false;
      row.frames = 0;
      row.bytes = 0;
    }
    if (isLast) return;
    row.frames += 1;
    row.bytes += size;
    if (row.frames < IN_A_ROW.frames && row.bytes < IN_A_ROW.bytes) return;
    isFull = true;
    receiver._allowSynchronousEvents = false;
  };
}

/** Gets the bytes of the payload of each frame, pings and pongs too, which Engine.IO never sees. */
export type WatchFrames = (bytes: number) => void;

/**
 * The WebSocket server for Engine.IO, which watches every WebSocket from its first frame on, before it belongs to a
 * connection.
 */
export function watchedWebSockets(
  onOpen: (webSocket: WebSocket, request: IncomingMessage) => WatchFrames,
): new (
  options: ServerOptions,
) => WebSocketServer {
  return class extends WebSocketServer {
    constructor(options: ServerOptions) {
      // The library's types do not have these options yet.
      const more: object = { closeTimeout: CLOSE_ANSWER_MS, maxFragments: MOST_FRAGMENTS };
      super({ ...options, ...more });
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      onOpened: (webSocket: WebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (webSocket) => {
        const onFrame = onOpen(webSocket, request);
        const count = takeTurns(webSocket);
        for (const kind of FRAMES)
          webSocket.on(kind, (data: Buffer) => {
            count(data.byteLength);
            onFrame(data.byteLength);
          });
        onOpened(webSocket, request);
      });
    }
  };
}
