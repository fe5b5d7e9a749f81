import type { TurnFault } from "../../ports/turn.ts";

/** A STUN or TURN server fails a check. `message` completes a sentence that begins with the server. */
export class TurnFailure extends Error {
  readonly code: TurnFault;

  constructor(code: TurnFault, message: string) {
    super(message);
    this.code = code;
  }
}

/** The server takes the credentials, and has no room for another relayed address (486, 508). */
export class ServerFull extends TurnFailure {
  /** What a packet took through relayed addresses that were held before, milliseconds; undefined where there were none. */
  readonly relayMs: number | undefined;

  constructor(message: string, relayMs?: number) {
    super("quota", message);
    this.relayMs = relayMs;
  }
}

const CERTIFICATE_FAULT = /^(CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;
const TLS_FAULT = /^(ERR_SSL|EPROTO)/;
/** The system's codes for having no route to an address: no network of its family, or no own address to send from. */
const NO_ROUTE = /^(ENETUNREACH|EADDRNOTAVAIL|EAFNOSUPPORT)$/;
const SOCKET_FAULTS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nothing listens on that port"],
  ["ECONNRESET", "it breaks the connection off"],
  ["EHOSTUNREACH", "no machine has that address"],
  ["EACCES", "this machine lets nothing go there"],
  ["EPERM", "this machine lets nothing go there"],
  ["EINVAL", "nothing can be sent to such an address"],
  ["EMFILE", "this machine has no socket left"],
  ["ENFILE", "this machine has no socket left"],
]);

/** The failure that an error of a socket stands for. */
export function failureOf(error: unknown): TurnFailure {
  if (error instanceof TurnFailure) return error;
  const code = codeOf(error);
  if (TLS_FAULT.test(code)) return new TurnFailure("no-tls", `speaks no TLS of today on that port (${code})`);
  if (CERTIFICATE_FAULT.test(code))
    return new TurnFailure("tls", `has a TLS certificate that browsers do not accept (${code})`);
  if (NO_ROUTE.test(code))
    return new TurnFailure("no-route", `cannot be reached: this machine has no route to it (${code})`);
  const fault = SOCKET_FAULTS.get(code);
  return new TurnFailure("unreachable", `cannot be reached${fault ? `: ${fault}` : ""} (${code})`);
}

/** The system's code for an error, else its text. */
export const codeOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
