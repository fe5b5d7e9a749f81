import { createHash } from "node:crypto";

/** Of IPv4: what a TURN server relays from unless it is asked for something else (RFC 8656 section 7.2). */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const COOKIE = Buffer.from([0x21, 0x12, 0xa4, 0x42]);
const IPV4 = 1;

const xor = (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => byte ^ (COOKIE[at % 4] ?? 0)));

/** An address as the XOR-… attributes hold it (RFC 8489 section 14.2). */
export function encodeAddress({ host, port }: Address): Buffer {
  const mask = COOKIE.readUInt16BE(0);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt8(IPV4, 1);
  bytes.writeUInt16BE(port ^ mask, 2);
  return Buffer.concat([bytes, xor(Buffer.from(host.split(".").map(Number)))]);
}

/** Undefined for what is no such attribute, or holds an IPv6 address. */
export function decodeAddress(value: Buffer | undefined): Address | undefined {
  if (value?.length !== 8 || value[1] !== IPV4) return undefined;
  return { host: xor(value.subarray(4)).join("."), port: value.readUInt16BE(2) ^ COOKIE.readUInt16BE(0) };
}

/** An address as ALTERNATE-SERVER holds it (RFC 8489 section 14.15); undefined for what is none, or holds an IPv6 address. */
export function decodePlainAddress(value: Buffer | undefined): Address | undefined {
  if (value?.length !== 8 || value[1] !== IPV4) return undefined;
  return { host: value.subarray(4).join("."), port: value.readUInt16BE(2) };
}

export interface StunError {
  /** RFC 8489 section 14.8, RFC 8656 section 19. */
  readonly code: number;
  readonly reason: string;
}

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
