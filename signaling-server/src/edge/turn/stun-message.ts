import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The methods that are used here (RFC 8489 section 18.2, RFC 8656 section 17). */
export const METHOD = { binding: 1, allocate: 3, refresh: 4, send: 6, data: 7, createPermission: 8 } as const;
export type Method = keyof typeof METHOD;

const CLASS = { request: 0x000, indication: 0x010, success: 0x100, error: 0x110 } as const;
export type MessageClass = keyof typeof CLASS;

/** Attribute types (RFC 8489 section 18.3, RFC 8656 section 18). */
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  software: 0x8022,
  alternateServer: 0x8023,
} as const;

/** Attributes whose address is sent in disguise (XORed), so that nothing on the way rewrites it (RFC 8489 section 14.2). */
const DISGUISED: ReadonlySet<number> = new Set([
  ATTRIBUTE.xorPeerAddress,
  ATTRIBUTE.xorRelayedAddress,
  ATTRIBUTE.xorMappedAddress,
]);

export interface StunMessage {
  readonly method: Method;
  readonly class: MessageClass;
  /** 12 bytes. */
  readonly transactionId: Buffer;
  /**
   * Values by type; the first of each type counts (RFC 8489 section 14). Addresses are without their disguise;
   * ALTERNATE-SERVER has none on the wire either.
   */
  readonly attributes: ReadonlyMap<number, Buffer>;
}

export const HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
const INTEGRITY_BYTES = 20;

const methodOf = (number: number) =>
  (Object.keys(METHOD) as Method[]).find((name) => METHOD[name] === number);
const classOf = (bits: number) => (Object.keys(CLASS) as MessageClass[]).find((name) => CLASS[name] === bits);

export const newTransactionId = (): Buffer => randomBytes(12);

/** XORs an address, which puts its disguise on or takes it off. */
function disguise(type: number, value: Buffer, transactionId: Buffer): Buffer {
  if (!DISGUISED.has(type)) return value;
  // The family is left as it is; the port is XORed with the first half of the cookie.
  const mask = Buffer.concat([Buffer.from([0, 0, 0x21, 0x12, 0x21, 0x12, 0xa4, 0x42]), transactionId]);
  return Buffer.from(value.map((byte, at) => byte ^ (mask[at] ?? 0)));
}

const padding = (length: number) => (4 - (length % 4)) % 4;

function attributeBytes(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc(padding(value.length))]);
}

function header(message: Omit<StunMessage, "attributes">, length: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16BE(METHOD[message.method] | CLASS[message.class], 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(MAGIC_COOKIE, 4);
  message.transactionId.copy(bytes, 8);
  return bytes;
}

const integrityOf = (bytes: Buffer, key: Buffer) => createHmac("sha1", key).update(bytes).digest();

/** The bytes of a message; with a key they are signed, in a MESSAGE-INTEGRITY at the end (RFC 8489 section 14.5). */
export function encodeStun(message: StunMessage, key?: Buffer): Buffer {
  const { attributes, transactionId } = message;
  const parts = [...attributes].map(([type, value]) =>
    attributeBytes(type, disguise(type, value, transactionId)),
  );
  const body = Buffer.concat(parts);
  if (!key) return Buffer.concat([header(message, body.length), body]);
  const signed = Buffer.concat([header(message, body.length + 4 + INTEGRITY_BYTES), body]);
  return Buffer.concat([signed, attributeBytes(ATTRIBUTE.messageIntegrity, integrityOf(signed, key))]);
}

/** Length of the STUN message that the bytes begin with; undefined while its header is not complete. */
export const stunLength = (bytes: Buffer): number | undefined =>
  bytes.length < HEADER_BYTES ? undefined : HEADER_BYTES + bytes.readUInt16BE(2);

/** Reads one STUN message; undefined for other bytes and for methods that are not used here. Never throws. */
export function decodeStun(bytes: Buffer): StunMessage | undefined {
  if (stunLength(bytes) !== bytes.length || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return undefined;
  const type = bytes.readUInt16BE(0);
  const method = methodOf(type & ~CLASS.error);
  const messageClass = classOf(type & CLASS.error);
  if (!method || !messageClass) return undefined;
  const transactionId = bytes.subarray(8, HEADER_BYTES);
  const attributes = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readUInt16BE(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length < length) return undefined;
    const attribute = bytes.readUInt16BE(at);
    if (!attributes.has(attribute)) attributes.set(attribute, disguise(attribute, value, transactionId));
    at += 4 + length + padding(length);
  }
  return { method, class: messageClass, transactionId, attributes };
}

/** Whether the message was signed with the key; false also for a message that is not signed. */
export function isIntact(bytes: Buffer, key: Buffer): boolean {
  for (let at = HEADER_BYTES; at + 4 + INTEGRITY_BYTES <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (bytes.readUInt16BE(at) === ATTRIBUTE.messageIntegrity && length === INTEGRITY_BYTES) {
      // Attributes after it, such as a FINGERPRINT, are not counted in the length that was signed.
      const signed = Buffer.from(bytes.subarray(0, at));
      signed.writeUInt16BE(at + 4 + INTEGRITY_BYTES - HEADER_BYTES, 2);
      return timingSafeEqual(integrityOf(signed, key), bytes.subarray(at + 4, at + 4 + INTEGRITY_BYTES));
    }
    at += 4 + length + padding(length);
  }
  return false;
}
