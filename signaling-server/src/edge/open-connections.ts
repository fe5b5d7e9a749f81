import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Cancel, Clock } from "@serendip/time";

/** The TCP connections of a server, upgraded ones as well. */
export interface OpenConnections {
  /** Resolves when all are gone; those that are still open after `withinMs` are cut. */
  ended(withinMs: number): Promise<void>;
}

/** How long a client may keep its half of a connection open after the server has closed its own. */
const LINGER_MS = 1_000;

/**
 * A page that is frozen or unreachable never answers the closing of its WebSocket, and Node's server waits for every
 * upgraded connection without end. One that was refused the upgrade is not even Node's any more, so whoever leaves it
 * half open would keep it for good.
 */
export function watchConnections(server: Server, clock: Clock): OpenConnections {
  const open = new Set<Socket>();
  let onEmpty: (() => void) | undefined;
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    let cancelLinger: Cancel | undefined;
    socket.once("finish", () => {
      cancelLinger = clock.after(LINGER_MS, () => socket.destroy());
    });
    socket.once("close", () => {
      cancelLinger?.();
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
