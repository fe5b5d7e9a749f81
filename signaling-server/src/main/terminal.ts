import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";

/**
 * Lets the process end in order when its terminal has gone before it, with a closed window or a lost connection: Node
 * gives a terminal its settings back at the end, and aborts where it cannot.
 */
export function outliveTerminal(): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  process.on("exit", () => {
    for (const fd of terminals.filter((one) => !isatty(one))) {
      closeSync(fd);
      // It takes the lowest free descriptor, which is the one just closed.
      openSync("/dev/null", "r+");
    }
  });
}
