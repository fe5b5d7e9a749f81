import ipaddr from "ipaddr.js";
import type { Address } from "./address.ts";

/** Which proxies are believed about the address of a person (SPEC N2). */
export type ProxyTrust =
  /** Nobody has said: a peer of this machine or a private network may be a proxy, and its people are not known. */
  | { readonly kind: "unset" }
  /** So many proxies stand in front of the server, each of which adds the address of its own peer. */
  | { readonly kind: "hops"; readonly count: number }
  | { readonly kind: "networks"; readonly networks: readonly TrustedNetwork[] };

interface TrustedNetwork {
  readonly base: Address;
  readonly bits: number;
}

export type TrustReading =
  | { readonly ok: true; readonly trust: ProxyTrust }
  /** `why` goes on after the name of the setting. */
  | { readonly ok: false; readonly why: string };

const MOST_HOPS = 10;

/** Words for networks that need no look-up (RFC 1122, RFC 1918, RFC 4193). */
const WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["loopback", ["127.0.0.0/8", "::1"]],
  ["private", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]],
]);

/** Ways to say that everybody is trusted. */
const EVERYBODY = /^(true|yes|on|all|any|\*|.*\/0+)$/i;

const FORMS = `write the number of proxies in front of the server (0 to ${MOST_HOPS}), or their addresses, like 127.0.0.1, 10.0.0.0/8, or the words ${[...WORDS.keys()].join(" and ")}`;

/** Reads a number of hops, or a comma-separated list of addresses, CIDR blocks and words. */
export function readProxyTrust(text: string): TrustReading {
  const refused = (why: string): TrustReading => ({ ok: false, why });
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count <= MOST_HOPS) return { ok: true, trust: { kind: "hops", count } };
    return refused(`must be at most ${MOST_HOPS} where it is a number of proxies`);
  }
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
  if (items.some((item) => EVERYBODY.test(item)))
    return refused(`must not trust everybody, or anybody could take any address; ${FORMS}`);
  const networks: TrustedNetwork[] = [];
  for (const item of items.flatMap((one) => WORDS.get(one.toLowerCase()) ?? [one])) {
    const network = readNetwork(item);
    if (!network)
      return refused(`has an item that is no address and no CIDR block ("${item.slice(0, 60)}"); ${FORMS}`);
    networks.push(network);
  }
  return networks.length > 0
    ? { ok: true, trust: { kind: "networks", networks } }
    : refused(`names nobody; ${FORMS}`);
}

function readNetwork(item: string): TrustedNetwork | undefined {
  const [address = "", bits, ...more] = item.split("/");
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  if (!isAddress || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const base = ipaddr.parse(address);
  const most = base.kind() === "ipv4" ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (length > most) return undefined;
  // A system that listens for both families writes an IPv4 peer as ::ffff:10.0.0.1.
  const isMapped = base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress();
  if (!isMapped) return { base, bits: length };
  return length > 96 ? { base: base.toIPv4Address(), bits: length - 96 } : undefined;
}

/** Whether the address, which is so many hops away from the server, is that of a trusted proxy. */
export function isTrustedProxy(address: Address, hop: number, trust: ProxyTrust): boolean {
  if (trust.kind === "hops") return hop < trust.count;
  if (trust.kind === "unset") return false;
  return trust.networks.some(({ base, bits }) => base.kind() === address.kind() && address.match(base, bits));
}
