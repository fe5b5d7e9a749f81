import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { type Hmac, hmacWith } from "./hmac.ts";

/** A key for one purpose, and the `kid` that its signatures carry (RFC 7515 section 4.1.4). */
export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
  readonly mac: Hmac;
  /** The encoded JOSE header, the first part of each of its signatures. */
  readonly header: string;
}

/**
 * Keys for one purpose. The first one signs; signatures of all of them are accepted, so that a secret can be changed without
 * forgetting anybody.
 */
export type KeyRing = readonly [SigningKey, ...SigningKey[]];

export interface Secrets {
  readonly secret: string;
  readonly previousSecret: string | undefined;
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Derives the keys for one purpose, so that a signature for one never passes for another. */
export function keyRing({ secret, previousSecret }: Secrets, purpose: string): KeyRing {
  const derive = (from: string): SigningKey => {
    const hash = (label: string) =>
      createHmac("sha256", from).update(`serendip ${purpose} ${label}`).digest();
    const kid = hash("id").toString("hex").slice(0, 12);
    const key = createSecretKey(hash("key"));
    return { kid, key, mac: hmacWith(key), header: encode({ alg: "HS256", typ: "JWT", kid }) };
  };
  const current = derive(secret);
  return previousSecret === undefined ? [current] : [current, derive(previousSecret)];
}

/**
 * A JSON Web Signature in compact form (RFC 7515 section 7.1) with HMAC-SHA256. Synchronous: WebCrypto would hand each
 * signature to a thread, and everybody would wait behind the signatures of all others.
 */
export function signJws([current]: KeyRing, payload: object): string {
  const signed = `${current.header}.${encode(payload)}`;
  return `${signed}.${current.mac(signed)}`;
}

/**
 * The payload of a signature that was made with one of the keys and has exactly that key's header; undefined for any other
 * text.
 */
export function readJws(keys: KeyRing, text: string): unknown {
  const [header = "", body = "", mac = "", more] = text.split(".", 4);
  const key = keys.find((one) => one.header === header);
  if (!key || more !== undefined) return undefined;
  const given = Buffer.from(mac);
  const expected = Buffer.from(key.mac(`${header}.${body}`));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  try {
    return JSON.parse(Buffer.from(body, "base64url").toString()) as unknown;
  } catch {
    return undefined;
  }
}
