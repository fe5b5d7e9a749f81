import type { ErrorBody, Hello } from "@serendip/protocol";
import type { ServerMessage, SignalingConnection, SignalingSocket } from "./signaling-socket.port.ts";
import type { LineEnd, Way } from "./ways.machine.ts";

/** What the lines of an attempt say; nothing after `close`, nor of a line that was let go of. */
export interface LineListener {
  onOpen(way: Way): void;
  onMessage(message: ServerMessage): void;
  onRefused(error: ErrorBody): void;
  onClosed(way: Way, how: { readonly reason: string; readonly end: LineEnd }): void;
}

/** The lines of one attempt and of the connection that comes of it, one of each way at most. */
export interface AttemptLines {
  dial(way: Way): void;
  greet(way: Way, hello: Hello): void;
  drop(way: Way): void;
  of(way: Way): SignalingConnection | undefined;
  close(): void;
}

export function createAttemptLines(socket: SignalingSocket, listener: LineListener): AttemptLines {
  const lines = new Map<Way, SignalingConnection>();
  const isLive = (way: Way, line: SignalingConnection): boolean => lines.get(way) === line;

  return {
    dial(way) {
      lines.get(way)?.close();
      const line: SignalingConnection = socket.open(way, {
        onOpen: () => {
          if (isLive(way, line)) listener.onOpen(way);
        },
        onMessage: (message) => {
          if (isLive(way, line)) listener.onMessage(message);
        },
        onRefused: (error) => {
          if (isLive(way, line)) listener.onRefused(error);
        },
        onClosed: (reason, end) => {
          if (isLive(way, line)) listener.onClosed(way, { reason, end });
        },
      });
      lines.set(way, line);
    },
    greet: (way, hello) => lines.get(way)?.greet(hello),
    drop(way) {
      const line = lines.get(way);
      lines.delete(way);
      line?.close();
    },
    of: (way) => lines.get(way),
    close() {
      const all = [...lines.values()];
      lines.clear();
      for (const line of all) line.close();
    },
  };
}
