import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";

/** How long a page may take to answer the closing of its WebSocket; the library would wait half a minute for each. */
const CLOSE_ANSWER_MS = 1_000;

/** Kinds of WebSocket frames that cost the server something. */
const FRAMES = ["message", "ping", "pong"] as const;

/** After so many frames of one WebSocket it is the others' turn: one read of the system may hold nine thousand. */
const FRAMES_IN_A_ROW = 32;

/** What the library keeps beside its types. */
interface Inside {
  /** False: the next frame is handed over in the next turn of the event loop, and so is what has come after it. */
  readonly _receiver?: { _allowSynchronousEvents: boolean };
}

/**
 * Counts frames, and lets only the others' turn follow the last of so many in a row.
 *
 * @returns to be called for each frame
 */
function takeTurns(webSocket: WebSocket): () => void {
  const receiver = (webSocket as Inside)._receiver;
  let inARow = 0;
  return () => {
    inARow += 1;
    if (!receiver || inARow < FRAMES_IN_A_ROW) return;
    if (inARow === FRAMES_IN_A_ROW) receiver._allowSynchronousEvents = false;
    else {
      receiver._allowSynchronousEvents = true;
      inARow = 1;
    }
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
      // The library's types do not have this option yet.
      const more: object = { closeTimeout: CLOSE_ANSWER_MS };
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
            count();
            onFrame(data.byteLength);
          });
        onOpened(webSocket, request);
      });
    }
  };
}
