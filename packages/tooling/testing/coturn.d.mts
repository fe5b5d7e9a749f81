/** A coturn that runs. */
export interface RunningCoturn {
  /** What it has written so far. */
  output(): string;
  /** Ends it, by SIGKILL unless told otherwise, and resolves when it is gone. Once is enough; again does nothing. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface CoturnCommand {
  /** What `turnserver` is started with. Where it keeps its process id and its users is added to them. */
  readonly args: readonly string[];
  /** The command that starts it, for example in another network namespace. */
  readonly prefix?: readonly string[];
  /** Whether it does its work. Asked again and again, for ten seconds at most. */
  readonly isReady: () => boolean | Promise<boolean>;
}

/**
 * Runs coturn, wherever that is installed (`TURNSERVER_PATH`, then the PATH), in a folder of its own that ends with it.
 *
 * @throws Error with everything that coturn wrote, when it ends or is not ready in time
 */
export function runCoturn(command: CoturnCommand): Promise<RunningCoturn>;

/** A coturn on this machine alone. */
export interface Coturn extends RunningCoturn {
  readonly port: number;
  /** Where it speaks TLS, when it was given a certificate. */
  readonly tlsPort: number;
}

export interface CoturnOptions {
  /** The addresses of this machine that it listens on: 127.0.0.1 unless given. */
  readonly listen?: readonly [string, ...string[]];
  /** The addresses that it relays from: 127.0.0.1 unless given. */
  readonly relay?: readonly [string, ...string[]];
  /** Any free one unless given. */
  readonly port?: number;
  /** Files in PEM. Without them it speaks no TLS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Its `static-auth-secret`. */
  readonly secret?: string;
  /** A configuration file in place of settings that suit most tests: everybody with the secret, to every peer. */
  readonly configuration?: string;
  /** Without it, it relays to nobody on this machine, itself included. A configuration file decides that itself. */
  readonly loopbackPeers?: boolean;
  /** Further options, as on its command line. */
  readonly args?: readonly string[];
}

/** Runs coturn on the loopback interface, until it answers by UDP and by TCP on each address that it listens on. */
export function startCoturn(options?: CoturnOptions): Promise<Coturn>;

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number>;
