import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@serendip/time";

/** The TCP connections of a server, upgraded ones as well. */
export interface OpenConnections {
  /** Resolves when all are gone; those that are still open after `withinMs` are cut. */
  ended(withinMs: number): Promise<void>;
}

/**
 * A page that is frozen or unreachable never answers the closing of its WebSocket, and Node's server waits for every
 * upgraded connection without end.
 */
export function watchConnections(server: Server, clock: Clock): OpenConnections {
  const open = new Set<Socket>();
  let onEmpty: (() => void) | undefined;
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      if (open.size === 0) onEmpty?.();
    });
  });
  return {
    async ended(withinMs) {
      if (open.size === 0) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.after(withinMs, () => {
          for (const socket of open) socket.destroy();
        });
        onEmpty = () => {
          cancel();
          resolve();
        };
      });
    },
  };
}
