import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A pipe that is read exactly as far as a test wants. */
export interface Pipe {
  /** A descriptor for a program's output. */
  writeEnd(): number;
  /** Fills it up to the last byte. */
  fill(): void;
  /** Takes what is in it, and answers with everything that it has ever taken. */
  read(): string;
  /** Nobody has it open for reading any more. */
  leave(): void;
  /** A new reader. */
  comeBack(): void;
  close(): void;
}

function isFullOrEmpty(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}

export function makePipe(directory: string): Pipe {
  const path = join(directory, "pipe");
  execFileSync("mkfifo", [path]);
  const { O_RDWR, O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;
  let end: number | undefined = openSync(path, O_RDWR | O_NONBLOCK);
  const bytes = Buffer.alloc(65_536, " ");
  let taken = "";
  const leave = () => {
    if (end !== undefined) closeSync(end);
    end = undefined;
  };
  /** Repeats until the system says that it would have to wait. */
  const untilItBlocks = (step: () => void) => {
    try {
      for (;;) step();
    } catch (error) {
      if (!isFullOrEmpty(error)) throw error;
    }
  };
  return {
    writeEnd: () => openSync(path, O_WRONLY),
    fill() {
      for (const length of [4_096, 1]) untilItBlocks(() => writeSync(end ?? -1, bytes, 0, length));
    },
    read() {
      const into = Buffer.alloc(65_536);
      untilItBlocks(() => {
        const length = readSync(end ?? -1, into, 0, into.length, null);
        // Nobody writes any more.
        if (length === 0) throw Object.assign(new Error("end"), { code: "EAGAIN" });
        taken += into.toString("utf8", 0, length);
      });
      return taken;
    },
    leave,
    comeBack() {
      end = openSync(path, O_RDONLY | O_NONBLOCK);
    },
    close: leave,
  };
}
