import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";

/** An IP address and a port. */
export interface Address {
  /** IPv4 or IPv6, as text. */
  readonly host: string;
  readonly port: number;
}

const FAMILY = { ipv4: 1, ipv6: 2 } as const;
const BYTES = { [FAMILY.ipv4]: 4, [FAMILY.ipv6]: 16 } as const;

/** The groups of an IPv6 address, as the URL parser writes them: hexadecimal, the zeros left out. */
const inGroups = (host: string): string => new URL(`http://[${host}]`).hostname.slice(1, -1);

function hostBytes(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from(host.split(".").map(Number));
  const [left = "", right] = inGroups(host).split("::");
  const groups = (text = "") => text.split(":").filter(Boolean);
  const [before, after] = [groups(left), groups(right)];
  const zeros: readonly string[] = Array(8 - before.length - after.length).fill("0");
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function hostText(bytes: Buffer): string {
  if (bytes.length === BYTES[FAMILY.ipv4]) return bytes.join(".");
  return inGroups((bytes.toString("hex").match(/.{4}/g) ?? []).join(":"));
}

/** The value of an attribute that holds an address (RFC 8489 section 14.1). */
export function encodeAddress({ host, port }: Address): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt8(isIPv4(host) ? FAMILY.ipv4 : FAMILY.ipv6, 1);
  head.writeUInt16BE(port, 2);
  return Buffer.concat([head, hostBytes(host)]);
}

/** Reads the value of an attribute that holds an address; undefined where the value is no address. */
export function decodeAddress(value: Buffer | undefined): Address | undefined {
  const family = value?.[1];
  if (!value || (family !== FAMILY.ipv4 && family !== FAMILY.ipv6)) return undefined;
  if (value.length !== 4 + BYTES[family]) return undefined;
  return { host: hostText(value.subarray(4)), port: value.readUInt16BE(2) };
}

export interface StunError {
  /** RFC 8489 section 14.8, RFC 8656 section 19. */
  readonly code: number;
  readonly reason: string;
}

/** Reads the value of ERROR-CODE. */
export function decodeError(value: Buffer | undefined): StunError {
  if (!value || value.length < 4) return { code: 0, reason: "" };
  const code = ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
  return {
    code,
    reason: value
      .subarray(4)
      .toString()
      .replace(/[^\x20-\x7e]/g, "")
      .slice(0, 100),
  };
}

/** The key of long-term credentials (RFC 8489 section 9.2.2). */
export const longTermKey = (username: string, realm: string, password: string): Buffer =>
  createHash("md5").update(`${username}:${realm}:${password}`).digest();

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
