import * as z from "zod";
import { type ProxyTrust, readProxyTrust } from "../domain/network/proxy-trust.ts";
import { type Setting, whole } from "./readers.ts";

const proxyTrust: z.ZodType<ProxyTrust, string> = z.string().transform((text, context) => {
  const reading = readProxyTrust(text);
  if (reading.ok) return reading.trust;
  context.addIssue({ code: "custom", message: reading.why });
  return z.NEVER;
});

const most = (description: string, byDefault: number): Setting<number> => ({
  description,
  default: String(byDefault),
  schema: whole(1, 10_000_000),
});

/** The settings about where people come from, and how many of them there may be. */
export const NETWORK_SETTINGS: {
  readonly TRUST_PROXY: Setting<ProxyTrust>;
  readonly MAX_CONNECTIONS: Setting<number>;
  readonly MAX_CONNECTIONS_PER_NETWORK: Setting<number>;
  readonly MAX_SESSIONS_PER_DEVICE: Setting<number>;
} = {
  TRUST_PROXY: {
    description:
      "Which proxies are believed about where people come from (X-Forwarded-For): how many stand in front of the server, from 0 to 10, or their addresses, comma-separated, like 127.0.0.1, 10.0.0.0/8, or the words loopback and private. Unset: none is, and of who comes through this machine or a private network nothing is known, so that no limit per network holds.",
    default: undefined,
    schema: proxyTrust,
  },
  MAX_CONNECTIONS: most(
    "Pages that may be connected at once. Above it newcomers are told that the server is full, and /readyz answers 503; a tenth more is kept for people who come back. One page takes about 25 KB of memory.",
    10_000,
  ),
  MAX_CONNECTIONS_PER_NETWORK: most(
    "TCP connections from one network (an IPv4 address, or the /64 of an IPv6 one) at once. A page has one or two, for moments up to six; the default lets 300 people of one school or company come back together. 20 is for a server under attack.",
    2_000,
  ),
  MAX_SESSIONS_PER_DEVICE: most(
    "People of one browser profile who may be connected at once; with IDENTITY_SCOPE=tab each tab is one.",
    20,
  ),
};
