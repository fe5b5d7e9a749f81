import { connectSources } from "./connect-sources.ts";

/**
 * Lets the page connect to nobody but its own host and the signaling service from now on. The built page cannot say so by itself,
 * because only `config.json` knows where the service is. A policy that is added can only forbid more (CSP, section 8.1).
 */
export function narrowConnections(signalingUrl: string): void {
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = `connect-src ${connectSources(signalingUrl).join(" ")}`;
  document.head.append(meta);
}
