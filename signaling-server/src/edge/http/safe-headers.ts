import type { ServerResponse } from "node:http";

/**
 * What every answer of the server carries, whoever makes it (SPEC X1). It answers programs, never a window: nothing of it may be
 * framed, embedded by another site, run, or kept.
 */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "cross-origin-opener-policy": "same-origin",
  // Pages of other origins ask by CORS, which this does not concern (Fetch, section 3.7).
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** For a year, and for this host alone: what other hosts of the domain serve is not this server's to decide (RFC 6797). */
const OVER_TLS = { "strict-transport-security": "max-age=31536000" } as const;

/** @param transport what the server itself speaks; a proxy in front says its own */
export const safeHeaders = (transport: "plain" | "tls"): Readonly<Record<string, string>> =>
  transport === "tls" ? { ...SAFE_HEADERS, ...OVER_TLS } : SAFE_HEADERS;

/** Makes what gives them to a response, before anything else has it. */
export function headersFor(headers: Readonly<Record<string, string>>): (response: ServerResponse) => void {
  const entries = Object.entries(headers);
  return (response) => {
    for (const [name, value] of entries) response.setHeader(name, value);
  };
}
