import { constants, openSync, write } from "node:fs";
import { Socket } from "node:net";
import { isatty } from "node:tty";

/** Where bytes go. Nobody who calls it ever waits, and it never throws. */
export interface Output {
  /**
   * Calls `done` once, later: with the error, if there was one, and with how many of the bytes were written before it.
   * The next call has to wait for that.
   */
  write(bytes: Buffer, done: (error: NodeJS.ErrnoException | null, writtenBytes: number) => void): void;
}

/** Node's own stream for a pipe or a socket: it never blocks, never closes the descriptor, and survives a reader that goes. */
function streamOutput(stream: NodeJS.WriteStream): Output {
  // The callback hears of it as well; without a listener it would end the process.
  stream.on("error", () => undefined);
  return {
    write(bytes, done) {
      // How much of a failed write arrived is not known. Nobody reads any more, so nobody gets a part of it twice.
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
 * Files and devices block only as long as their disk does, and then a thread of the pool. A pipe must never be written
 * in this way: a thread that hangs in a write keeps the process from ending.
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
