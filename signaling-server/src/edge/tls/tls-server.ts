import { constants } from "node:crypto";
import { createServer as createPlainServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { SecureContextOptions } from "node:tls";
import type { TlsIdentity } from "./tls-files.ts";

/** Time for a whole TLS handshake. */
const HANDSHAKE_MS = 10_000;

/** An HTTP server, over TLS or not. */
export interface HttpServer {
  readonly server: Server;
  /** The server's event with a socket on which HTTP is spoken. */
  readonly spoken: "connection" | "secureConnection";
  readonly transport: "plain" | "tls";
  /** Gives new connections another certificate; does nothing without TLS. */
  renew(identity: TlsIdentity): void;
}

const contextOf = ({ cert, key }: TlsIdentity): SecureContextOptions => ({
  cert,
  key,
  minVersion: "TLSv1.2",
  // A renegotiation costs the server far more than whoever asks for it, and browsers ask for none.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
});

export function createHttpOrTlsServer(options: ServerOptions, identity: TlsIdentity | undefined): HttpServer {
  if (identity === undefined) {
    const server = createPlainServer(options);
    return { server, spoken: "connection", transport: "plain", renew: () => undefined };
  }
  const server = createTlsServer({ ...options, ...contextOf(identity), handshakeTimeout: HANDSHAKE_MS });
  return {
    server,
    spoken: "secureConnection",
    transport: "tls",
    renew: (next) => server.setSecureContext(contextOf(next)),
  };
}
