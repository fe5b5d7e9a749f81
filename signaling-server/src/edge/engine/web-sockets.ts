import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type ServerOptions, WebSocket, WebSocketServer } from "ws";

/** How long a page may take to answer the closing of its WebSocket; the library would wait half a minute for each. */
const CLOSE_ANSWER_MS = 1_000;

/** Kinds of WebSocket frames that cost the server something. */
const FRAMES: ReadonlySet<unknown> = new Set(["message", "ping", "pong"]);

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

/** Sees what comes over one WebSocket before Engine.IO does. */
export interface FrameWatch {
  /** A frame has come with so many bytes of payload; pings and pongs too, which Engine.IO never sees. */
  count(bytes: number): void;
  /** Takes a text, which Engine.IO does not get then; false: it does. */
  takes(text: Buffer): boolean;
}

/** A WebSocket whose frames are seen in one place: a listener more on each event would cost as much as all that it does. */
class WatchedWebSocket extends WebSocket {
  #watch: FrameWatch | undefined;
  #takeTurn: (bytes: number) => void = () => undefined;

  beWatched(watch: FrameWatch): void {
    this.#watch = watch;
    this.#takeTurn = takeTurns(this);
  }

  override emit(event: string | symbol, first?: unknown, isBinary?: unknown): boolean {
    if (FRAMES.has(event)) {
      const data = first as Buffer;
      this.#takeTurn(data.byteLength);
      this.#watch?.count(data.byteLength);
      if (event === "message" && isBinary === false && this.#watch?.takes(data)) return true;
    }
    return super.emit(event, first, isBinary);
  }
}

/**
 * The WebSocket server for Engine.IO, which watches every WebSocket from its first frame on, before it belongs to a
 * connection.
 */
export function watchedWebSockets(
  onOpen: (webSocket: WebSocket, request: IncomingMessage) => FrameWatch,
): new (
  options: ServerOptions,
) => WebSocketServer {
  return class extends WebSocketServer {
    constructor(options: ServerOptions) {
      // The library's types do not have these options yet.
      const more: object = { closeTimeout: CLOSE_ANSWER_MS, maxFragments: MOST_FRAGMENTS };
      super({ ...options, ...more, WebSocket: WatchedWebSocket });
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      onOpened: (webSocket: WebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (webSocket) => {
        if (webSocket instanceof WatchedWebSocket) webSocket.beWatched(onOpen(webSocket, request));
        onOpened(webSocket, request);
      });
    }
  };
}
