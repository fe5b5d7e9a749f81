import { createHmac, type KeyObject } from "node:crypto";
import { BlockList, isIPv4, isIPv6 } from "node:net";

/** The address of the other end. A socket that was reset before anybody asked has none any more, whatever its type says. */
export type PeerAddress = string | undefined;

const bareOf = (address: PeerAddress) =>
  (address ?? "").replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");

/** Networks of machines and proxies, not of people (RFC 6890). */
const LOCAL = new BlockList();
for (const [net, bits] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  LOCAL.addSubnet(net, bits, "ipv4");
for (const [net, bits] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const)
  LOCAL.addSubnet(net, bits, "ipv6");

/**
 * A keyed hash of the network of an address: it shows whether two networks are the same, and not which. Undefined for an
 * address of a proxy or of this machine, which says nothing of the person.
 */
export function networkKeyOf(address: PeerAddress, key: KeyObject): string | undefined {
  const bare = bareOf(address);
  if (!isIPv4(bare) && !isIPv6(bare)) return undefined;
  if (LOCAL.check(bare, isIPv4(bare) ? "ipv4" : "ipv6")) return undefined;
  return createHmac("sha256", key).update(networkOf(bare)).digest("base64url").slice(0, 22);
}

/**
 * The network of an address, the only part of it that may be written down: the /24 of an IPv4 address, the /48 of an IPv6
 * one. "unknown" for anything else.
 */
export function networkOf(address: PeerAddress): string {
  const bare = bareOf(address);
  if (isIPv4(bare)) return `${bare.split(".").slice(0, 3).join(".")}.0/24`;
  if (!isIPv6(bare)) return "unknown";
  const [head = "", tail] = bare.split("::");
  const groups = (text: string) => (text === "" ? [] : text.split(":"));
  // A dotted quad at the end stands for two groups. It counts as one here, which does no harm: only the first three groups
  // are kept.
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [
    ...groups(head),
    ...Array.from({ length: Math.max(0, missing) }, () => "0"),
    ...groups(tail ?? ""),
  ];
  const prefix = all.slice(0, 3).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/48`;
}
