export interface ProxyOptions {
  /** Port of https. */
  readonly port: number;
  /** Port of http, which leads to https. */
  readonly plainPort: number;
  /** Port of the signaling server on 127.0.0.1. */
  readonly upstreamPort: number;
  /** Certificate and key for localhost, as files in PEM. */
  readonly cert: string;
  readonly key: string;
  /** The folder with the page. */
  readonly root: string;
  readonly isReady: () => Promise<boolean>;
}

export interface RunningProxy {
  /** What it has written to stdout and stderr. */
  output(): string;
  /** nginx's access log; empty for Caddy, which writes none unless told to. */
  accessLog(): string;
  stop(): Promise<void>;
}

/** The examples of `deploy/nginx` and `deploy/caddy`. */
export type ProxyKind = "nginx" | "nginx for signaling" | "caddy" | "caddy with two hosts";

/**
 * Runs the real program with the example of `deploy/`, as the user of this process.
 *
 * @throws Error where the program is not there or does not start
 */
export function startProxy(kind: ProxyKind, options: ProxyOptions): Promise<RunningProxy>;
