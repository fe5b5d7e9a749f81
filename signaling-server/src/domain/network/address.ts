import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The longest address with brackets, a zone and a port is shorter. */
const MOST_CHARS = 80;
const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/;
const IN_BRACKETS = /^\[([^\]]*)\](:\d{1,5})?$/;

/**
 * Reads an address as systems and proxies write it: perhaps with a port, in brackets, with a zone, or an IPv4 address within an
 * IPv6 one (RFC 4291 section 2.5.5.2, RFC 6052 section 2.1), which is read as the former. Undefined for anything else.
 */
export function readAddress(text: string): Address | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MOST_CHARS) return undefined;
  const bare = WITH_PORT.exec(trimmed)?.[1] ?? IN_BRACKETS.exec(trimmed)?.[1] ?? trimmed;
  // The library would also read 010.1, 0x7f.1 and 127.1, of which everybody makes something else.
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare);
  return ipaddr.IPv6.isValid(bare) ? withoutEnvelope(ipaddr.IPv6.parse(bare)) : undefined;
}

/** Of an IPv6 address in which an IPv4 one stands, the latter. */
function withoutEnvelope(address: ipaddr.IPv6): Address {
  const range = address.range();
  if (range !== "ipv4Mapped" && range !== "rfc6052") return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}

/** Addresses of machines and proxies, not of people whom one meets on the internet (RFC 6890). */
const LOCAL: ReadonlySet<string> = new Set([
  "carrierGradeNat",
  "linkLocal",
  "loopback",
  "private",
  "uniqueLocal",
  "unspecified",
]);

export const isLocal = (address: Address): boolean => LOCAL.has(address.range());

const groups = ({ parts }: ipaddr.IPv6, count: number) =>
  parts.slice(0, count).map((part) => part.toString(16));

const isIPv4 = (address: Address): address is ipaddr.IPv4 => address.kind() === "ipv4";

/**
 * Of an IPv6 address that its owner has because of an IPv4 one, the latter: 6to4 (RFC 3056), which gives 65,536 networks to each, and
 * Teredo (RFC 4380 section 4). Only for counting: a stranger's address in this form is never that of a trusted proxy.
 */
function behindTunnel(address: Address): Address {
  if (isIPv4(address)) return address;
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === "6to4") return new ipaddr.IPv4(bytes.slice(2, 6));
  if (range === "teredo") return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff));
  return address;
}

/** The network that limits count by: one IPv4 address, or the /64 of an IPv6 one, which one household has (SPEC N1). */
export function countedNetwork(address: Address): string {
  const own = behindTunnel(address);
  return isIPv4(own) ? own.toString() : `${groups(own, 4).join(":")}::/64`;
}

/** The only part of an address that may be written down: the /24 of an IPv4 address, the /48 of an IPv6 one. */
export function shownNetwork(address: Address): string {
  const own = behindTunnel(address);
  return isIPv4(own) ? `${own.octets.slice(0, 3).join(".")}.0/24` : `${groups(own, 3).join(":")}::/48`;
}
