import { once } from "node:events";
import { createServer } from "node:http";
import sirv from "sirv";
import { pageHeaders } from "web-client/page-headers";
import { forwardRequest, forwardUpgrade, isForSignaling } from "./forward.ts";

/** The built web client behind an ordinary static file server. */
export interface Web {
  readonly origin: string;
  /** What `config.json` says from now on: the deploy-time setting of an operator. */
  pointAt(signalingUrl: string): void;
  /** Serves signaling at its own address as well, as a reverse proxy in front of the server at `signalingUrl`. */
  standBefore(signalingUrl: string): void;
  /** Whether it sends the headers that keep a page safe, as it does unless told otherwise. */
  sendHeaders(which: "safe" | "none"): void;
  stop(): Promise<void>;
}

/** Serves `folder` on a free port of `host`, an address of this machine. */
export async function webServer(folder: string, host = "127.0.0.1"): Promise<Web> {
  let signalingUrl = "";
  let behind: string | undefined;
  let headers: "safe" | "none" = "safe";
  const files = sirv(folder, { dev: true });
  const server = createServer((request, response) => {
    if (headers === "safe" && !isForSignaling(request.url)) {
      const known = URL.canParse(signalingUrl) ? signalingUrl : undefined;
      for (const [name, value] of Object.entries(pageHeaders(known))) response.setHeader(name, value);
    }
    if (request.url?.startsWith("/config.json")) {
      response.setHeader("content-type", "application/json").end(JSON.stringify({ signalingUrl }));
      return;
    }
    if (behind !== undefined && isForSignaling(request.url)) {
      forwardRequest(request, response, behind);
      return;
    }
    files(request, response, () => {
      response.writeHead(404).end();
    });
  });
  server.on("upgrade", (request, socket, head) => {
    if (behind === undefined || !isForSignaling(request.url)) socket.destroy();
    else forwardUpgrade(request, { socket, head, target: behind });
  });
  server.listen(0, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no address");
  return {
    origin: `http://${host === "127.0.0.1" ? "localhost" : host}:${address.port}`,
    pointAt(url) {
      signalingUrl = url;
    },
    standBefore(url) {
      behind = url;
      signalingUrl = "/";
    },
    sendHeaders(which) {
      headers = which;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
