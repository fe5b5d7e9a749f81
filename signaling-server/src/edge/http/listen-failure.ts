import { listenAdvice } from "./listen-advice.ts";

/** Another program listens on the address already. */
export class PortTaken extends Error {
  readonly code = "port-taken";
}

/** The system does not let this server listen on the address. */
export class AddressUnusable extends Error {
  readonly code = "address-unusable";
}

/** The error that is thrown for one of the system's when the server listens; any other fault is given back as it is. */
export function listenFailure(
  cause: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  if (!(cause instanceof Error && "syscall" in cause && "code" in cause)) return cause;
  if (cause.code === "EADDRINUSE") {
    const advice = `Choose another one with PORT, for example PORT=${port < 1024 ? port + 8_000 : port + 1}.`;
    return new PortTaken(`Port ${port} on ${host} is taken by another program. ${advice}`, { cause });
  }
  const message = `The server cannot listen on port ${port} of ${host} (${cause.code}). ${listenAdvice(cause.code, port)}`;
  return new AddressUnusable(message, { cause });
}
