import { readFileSync } from "node:fs";

/**
 * Connections that may wait in the kernel until the server takes them (listen(2)). After a restart all pages come back within
 * a second or two, and above Node's own 511 the kernel passes the first packet of a connection over; its sender tries
 * again after 1 s at the earliest (RFC 6298 section 2). Each waits with less than a kilobyte.
 */
export const BACKLOG = 4_096;

/** The most that this system grants anybody; undefined where it does not say (Linux does in proc(5)). */
export function systemBacklog(): number | undefined {
  try {
    return Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
  } catch {
    return undefined;
  }
}
