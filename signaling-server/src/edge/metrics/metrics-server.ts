import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Cancel, Clock } from "@serendip/time";
import type { Log } from "../../ports.ts";
import { SAFE_HEADERS } from "../http/safe-headers.ts";
import type { Scrape } from "./registry.ts";

/** Pause before a port is asked for again that could not be had: another process may be about to give it back. */
const RETRY_MS = 10_000;
/** Connections at once: some of Prometheus, and some of people who look. */
const MOST_CONNECTIONS = 20;
const REQUEST_MS = 10_000;

/** Where Prometheus reads metrics. */
export interface MetricsServer {
  /** Its address, for example `http://127.0.0.1:9464/metrics`; undefined while the port cannot be had. */
  url(): string | undefined;
  close(): Promise<void>;
}

const REFUSALS: Readonly<Record<number, string>> = {
  404: "Metrics are at /metrics.\n",
  405: "Metrics are read with GET.\n",
  421: "Metrics are at 127.0.0.1, and no other name of this machine.\n",
};

const LOOPBACK = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/i;

/** A page of another site may have let its own name point to this machine: then the browser says that name. */
const isRebound = (host: string, { headers }: IncomingMessage): boolean =>
  LOOPBACK.test(host.includes(":") ? `[${host}]` : host) && !LOOPBACK.test(headers.host ?? "localhost");

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    ...SAFE_HEADERS,
    "content-type": "text/plain",
    ...(status === 405 && { allow: "GET, HEAD" }),
  });
  response.end(REFUSALS[status]);
}

/**
 * Serves metrics on a port of their own. A port that cannot be had is said once, with what to do, and tried again: people's
 * calls do not wait for figures.
 */
export async function serveMetrics(parts: {
  readonly host: string;
  readonly port: number;
  readonly scrape: () => Promise<Scrape>;
  readonly clock: Pick<Clock, "after">;
  readonly log: Log;
}): Promise<MetricsServer> {
  const { host, port, clock, log } = parts;
  let isClosed = false;
  let isTold = false;
  let cancelRetry: Cancel | undefined;
  /** Whoever asks while figures are read gets the same ones. */
  let underWay: Promise<Scrape> | undefined;

  const scrape = (): Promise<Scrape> => {
    underWay ??= parts.scrape().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method, url = "" } = request;
    if (isRebound(host, request)) return refuse(response, 421);
    if (url.split("?")[0] !== "/metrics") return refuse(response, 404);
    if (method !== "GET" && method !== "HEAD") return refuse(response, 405);
    try {
      const { contentType, text } = await scrape();
      response.writeHead(200, { ...SAFE_HEADERS, "content-type": contentType });
      response.end(text);
    } catch (error) {
      log.error("Metrics could not be read", { error: error instanceof Error ? error.stack : String(error) });
      response.writeHead(500, SAFE_HEADERS).end();
    }
  };

  const server = createServer({ requestTimeout: REQUEST_MS }, (request, response) => {
    void answer(request, response);
  });
  server.maxConnections = MOST_CONNECTIONS;

  const listen = async (): Promise<NodeJS.ErrnoException | undefined> => {
    server.listen(port, host);
    try {
      await once(server, "listening");
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  };

  const urlOf = (taken: number) => `http://${host.includes(":") ? `[${host}]` : host}:${taken}/metrics`;

  const url = (): string | undefined => {
    const address = server.address();
    return address === null || typeof address === "string" ? undefined : urlOf(address.port);
  };

  const say = ({ code }: NodeJS.ErrnoException): void => {
    const why = code === "EADDRINUSE" ? "another program has the port" : `the system refuses (${code})`;
    log.error(
      `Metrics cannot be served at ${urlOf(port)}: ${why}. Choose another METRICS_PORT or METRICS_HOST, or METRICS_PORT=off; until then it is tried again.`,
    );
  };

  const open = async (): Promise<void> => {
    const failure = await listen();
    if (isClosed) server.close();
    else if (failure === undefined) log.info("Metrics are served", { url: url() });
    else {
      if (!isTold) say(failure);
      isTold = true;
      cancelRetry = clock.after(RETRY_MS, () => void open());
    }
  };

  // A fault of the system after that, such as no more files, ends a connection and not the process.
  server.on("error", (error) => {
    if (server.listening) log.warn("Metrics have a fault", { error: String(error) });
  });
  await open();
  return {
    url,
    async close() {
      isClosed = true;
      cancelRetry?.();
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
