import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv4 } from "node:net";

/** What a TURN server said: 0 is success, anything else the error's number (RFC 8489 section 14.8). */
export type TurnAnswer = number;

export interface TurnUser {
  readonly username: string;
  readonly credential: string;
}

/** One UDP socket at a TURN server (RFC 8656), as much of it as a test of the server's rules needs. */
export interface TurnClient {
  allocate(family?: "IPv4" | "IPv6"): Promise<TurnAnswer>;
  /** Asks for the permission to reach `peer`; nothing is sent to it. */
  permit(peer: string): Promise<TurnAnswer>;
  /** SOFTWARE of the last answer (RFC 8489 section 14.14). */
  software(): string | undefined;
  close(): void;
}

const COOKIE = 0x2112a442;
const METHOD = { allocate: 0x003, permit: 0x008 } as const;
const ATTRIBUTE = {
  username: 0x0006,
  integrity: 0x0008,
  error: 0x0009,
  peer: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  family: 0x0017,
  transport: 0x0019,
  software: 0x8022,
} as const;
const UDP = 17;
const PATIENCE_MS = 5_000;

/** Credentials as the signaling server mints them (draft-uberti-behave-turn-rest-00). */
export function mint(secret: string, { user, endsInS }: { user: string; endsInS: number }): TurnUser {
  const username = `${Math.floor(Date.now() / 1000) + endsInS}:${user}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // The URL parser writes every IPv6 address in groups of hexadecimal digits.
  const [left = "", right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const groups = (text = "") => text.split(":").filter(Boolean);
  const [before, after] = [groups(left), groups(right)];
  const zeros: readonly string[] = Array(8 - before.length - after.length).fill("0");
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** XOR-PEER-ADDRESS (RFC 8489 section 14.2); the port does not matter for a permission. */
function peerAddress(address: string, transaction: Buffer): Buffer {
  const mask = Buffer.concat([Buffer.from("2112a442", "hex"), transaction]);
  const bytes = bytesOf(address).map((byte, index) => byte ^ (mask[index] ?? 0));
  return Buffer.concat([Buffer.from([0, isIPv4(address) ? 1 : 2, 0x21, 0x12]), bytes]);
}

function readAttributes(message: Buffer): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= message.length; ) {
    const length = message.readUInt16BE(at + 2);
    found.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return found;
}

const headOf = (method: number, { length, transaction }: { length: number; transaction: Buffer }) => {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(method, 0);
  head.writeUInt16BE(length, 2);
  head.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([head, transaction]);
};

/** A client of the TURN server at `port` of 127.0.0.1. */
export function turnClient(port: number, { username, credential }: TurnUser): TurnClient {
  const socket = createSocket("udp4");
  let realm = Buffer.alloc(0);
  let nonce: Buffer | undefined;
  let software: string | undefined;

  const exchange = (message: Buffer) =>
    new Promise<Buffer>((answer, fail) => {
      const late = setTimeout(() => fail(new Error("the TURN server does not answer")), PATIENCE_MS);
      socket.once("message", (reply) => {
        clearTimeout(late);
        answer(reply);
      });
      socket.send(message, port, "127.0.0.1");
    });

  const ask = async (
    method: number,
    wishes: (transaction: Buffer) => readonly Buffer[],
  ): Promise<TurnAnswer> => {
    const transaction = randomBytes(12);
    const proof = nonce && [
      attribute(ATTRIBUTE.username, Buffer.from(username)),
      attribute(ATTRIBUTE.realm, realm),
      attribute(ATTRIBUTE.nonce, nonce),
    ];
    const body = Buffer.concat([...wishes(transaction), ...(proof ?? [])]);
    // The integrity covers a head that counts the integrity itself (RFC 8489 section 14.5).
    const signed = Buffer.concat([headOf(method, { length: body.length + 24, transaction }), body]);
    const key = createHash("md5").update(`${username}:${realm.toString()}:${credential}`).digest();
    const integrity = attribute(ATTRIBUTE.integrity, createHmac("sha1", key).update(signed).digest());
    const plain = Buffer.concat([headOf(method, { length: body.length, transaction }), body]);
    const attributes = readAttributes(await exchange(proof ? Buffer.concat([signed, integrity]) : plain));

    software = attributes.get(ATTRIBUTE.software)?.toString();
    const error = attributes.get(ATTRIBUTE.error);
    const code = error ? (error[2] ?? 0) * 100 + (error[3] ?? 0) : 0;
    const [newRealm, newNonce] = [attributes.get(ATTRIBUTE.realm), attributes.get(ATTRIBUTE.nonce)];
    // The first refusal tells what to prove oneself with.
    if (code !== 401 || proof !== undefined || !newRealm || !newNonce) return code;
    realm = Buffer.from(newRealm);
    nonce = Buffer.from(newNonce);
    return ask(method, wishes);
  };

  return {
    allocate: (family = "IPv4") =>
      ask(METHOD.allocate, () => [
        attribute(ATTRIBUTE.transport, Buffer.from([UDP, 0, 0, 0])),
        attribute(ATTRIBUTE.family, Buffer.from([family === "IPv4" ? 1 : 2, 0, 0, 0])),
      ]),
    permit: (peer) =>
      ask(METHOD.permit, (transaction) => [attribute(ATTRIBUTE.peer, peerAddress(peer, transaction))]),
    software: () => software,
    close: () => socket.close(),
  };
}
