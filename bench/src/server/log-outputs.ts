import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Where a server's log goes. */
export interface LogOutput {
  /** A descriptor for the server's stdout. */
  readonly fd: number;
  close(): void;
}

const { O_RDWR, O_WRONLY, O_NONBLOCK } = constants;
const FILLER = Buffer.alloc(64 * 1024, ".");

/** Writes until the system takes no more, down to the last byte. */
function fill(fd: number): void {
  for (const length of [FILLER.length, 1])
    try {
      for (;;) writeSync(fd, FILLER, 0, length);
    } catch {
      // It is full.
    }
}

export function fileLog(directory: string): LogOutput {
  const fd = openSync(join(directory, "log"), "a");
  return { fd, close: () => closeSync(fd) };
}

/** A pipe that is full, and that nobody reads: a stopped journal, or `| less`. */
export function stalledLog(directory: string): LogOutput {
  const path = join(directory, "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, O_RDWR | O_NONBLOCK);
  const fd = openSync(path, O_WRONLY);
  fill(reader);
  return {
    fd,
    close() {
      closeSync(fd);
      closeSync(reader);
    },
  };
}

/**
 * A file on a disk that is full.
 *
 * @throws when the system does not let this user mount anything
 */
export function fullLog(directory: string): LogOutput {
  const disk = join(directory, "disk");
  execFileSync("mkdir", [disk]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=96k", "tmpfs", disk], { stdio: "ignore" });
  const filler = openSync(join(disk, "filler"), "a");
  const fd = openSync(join(disk, "log"), "a");
  fill(filler);
  closeSync(filler);
  return {
    fd,
    close() {
      closeSync(fd);
      // Lazily: the server may not be quite gone.
      execFileSync("umount", ["-l", disk]);
    },
  };
}
