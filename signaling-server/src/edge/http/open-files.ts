import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { Log } from "../../ports.ts";

/** Files that are kept free for everything besides people's connections: log, TURN checks, DNS look-ups, libraries. */
const RESERVED_FILES = 64;

/**
 * Number of files, sockets included, that this process may have open; undefined where the system does not say (proc(5) is
 * Linux's).
 */
function openFileLimit(): number | undefined {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}

/**
 * Stops taking connections before the system runs out of files for this process: then it would turn people away without a
 * word in the log, and the service could open nothing itself. Open connections are not touched.
 */
export function boundConnections(server: Server, log: Log): void {
  const limit = openFileLimit();
  if (limit !== undefined) server.maxConnections = Math.max(1, limit - RESERVED_FILES);
  server.on("drop", () =>
    log.warn("A connection was turned away: no room for more", { limit: server.maxConnections }),
  );
  // Without a listener the failure of one accept(2) (EMFILE, ENFILE, ENOBUFS) would end the process. That of listen(2) is
  // not its business.
  server.once("listening", () =>
    server.on("error", (error) => log.error("A connection could not be taken", { error: String(error) })),
  );
}
