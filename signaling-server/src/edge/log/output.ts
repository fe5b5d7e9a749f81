import { constants, openSync, write } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";

/** A destination of bytes. A call neither waits nor throws. */
export interface Output {
  /**
   * Calls `done` once, later: with the error, if there was one, and with the number of bytes that were written before it.
   * The next call has to wait for that.
   */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, writtenBytes: number) => void): void;
}

/** Node's own stream for a pipe or a socket: it never blocks, never closes the descriptor, and survives a reader that goes. */
function streamOutput(stream: NodeJS.WriteStream): Output {
  // The callback of the write gets the error as well; an event without a listener would end the process.
  stream.on("error", () => undefined);
  return {
    write(bytes, done) {
      // Nobody knows how much of a failed write has arrived. The reader is gone, so nobody gets a part of it twice.
      stream.write(bytes, (error) => (error ? done(error, 0) : done(null, bytes.length)));
    },
  };
}

/**
 * A terminal as a descriptor of our own that does not block: Node's stream for a terminal does, as long as somebody
 * has stopped the terminal with Ctrl-S.
 */
function openTerminal(fd: number): number {
  try {
    return openSync(`/dev/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd;
  }
}

/**
 * Writes to files and devices, which block only as long as their disk does, and only a thread of the pool. A pipe must never
 * be written in this way: a thread that hangs in a write keeps the process from ending.
 */
function descriptorOutput(fd: number): Output {
  return { write: (bytes, done) => write(fd, bytes, 0, bytes.length, null, done) };
}

/** Standard output (1) or standard error (2), whatever it is connected to. */
export function standardOutput(fd: 1 | 2): Output {
  if (isatty(fd)) return descriptorOutput(openTerminal(fd));
  const stream = fd === 1 ? process.stdout : process.stderr;
  return stream instanceof Socket ? streamOutput(stream) : descriptorOutput(fd);
}
