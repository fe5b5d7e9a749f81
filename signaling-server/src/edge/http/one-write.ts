import type { Duplex } from "node:stream";
import { afterMicrotasks } from "../newcomer-queue.ts";

/**
 * Holds what is written to a socket until ticks and promises that are due by now are done, so that all of it goes out in one write of
 * the system. Not before something after which the socket may be destroyed at once: that would be lost.
 */
export function holdForOneWrite(socket: Duplex): void {
  socket.cork();
  afterMicrotasks(() => afterMicrotasks(() => socket.uncork()));
}
