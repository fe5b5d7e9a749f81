/** Ports below this one are the system's own, by old custom (ip(7), ip_unprivileged_port_start). */
const FIRST_FREE_PORT = 1024;

/** What to do where the system refuses to let the server listen; `code` is that of the system's error. */
export function listenAdvice(code: unknown, port: number): string {
  if (code === "EACCES" && port < FIRST_FREE_PORT)
    return `Ports below ${FIRST_FREE_PORT} need a right that this user does not have (CAP_NET_BIND_SERVICE on Linux); choose a higher PORT, behind a proxy that listens on this one.`;
  if (code === "ENOTFOUND") return "HOST is a name that nobody knows; check it.";
  return "Check HOST and PORT.";
}
