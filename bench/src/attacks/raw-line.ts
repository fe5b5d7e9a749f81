import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { HOST, ORIGIN, type Server } from "../page/mint.ts";

/** Another address of this machine than that of the healthy people: to the server another network (SPEC N1). */
export const ATTACKER = "127.0.0.2";
const BYE = '"bye"';
/** Enough for every text that is waited for. */
const KEPT_CHARS = 4_096;
/** How long what was written may take to arrive. */
const LINGER_MS = 20;

/** A client that sends the bytes it likes, and reads only as long as it likes. */
export interface RawLine {
  readonly tcp: Socket;
  /** Resolves when this text has come; rejects when the connection ends before. */
  hear(text: string): Promise<void>;
  readonly closed: Promise<void>;
}

export function dial(server: Server, bytes: string | Buffer = ""): RawLine {
  const tcp = connect({ port: server.port, host: HOST, localAddress: ATTACKER, noDelay: true });
  let received = "";
  tcp.on("data", (chunk: Buffer) => {
    const text = chunk.toString("latin1");
    // Nobody who attacks waits for the server to close what it has said bye on.
    if (text.includes(BYE)) tcp.destroy();
    else received = (received + text).slice(-KEPT_CHARS);
  });
  // The close that follows tells it.
  tcp.on("error", () => undefined);
  tcp.once("end", () => tcp.destroy());
  const closed = new Promise<void>((resolve) => tcp.once("close", () => resolve()));
  if (bytes.length > 0) tcp.write(bytes);
  return {
    tcp,
    closed,
    hear: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!received.includes(text)) return;
          tcp.off("data", look);
          resolve();
        };
        tcp.on("data", look);
        tcp.once("close", () => reject(new Error(`the connection ended before ${text}`)));
        look();
      }),
  };
}

/** The head of a request. */
export function head(line: string, fields: Readonly<Record<string, string>> = {}): string {
  const all = { Host: "localhost", Origin: ORIGIN, ...fields };
  return [line, ...Object.entries(all).map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
}

export const upgradeTo = (kind: string) => ({
  Connection: "Upgrade",
  Upgrade: kind,
  ...(kind === "websocket"
    ? { "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" }
    : {}),
});

/** A WebSocket frame with a mask of zeros (RFC 6455 section 5.2), of up to 65,535 bytes; opcode 1 is text, 9 a ping. */
export function frame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(payload.length);
  const size = payload.length < 126 ? [0x80 | payload.length] : [0xfe, ...length];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size, 0, 0, 0, 0]), payload]);
}

export const WS_PATH = "/socket.io/?EIO=4&transport=websocket";

/** A WebSocket on which a hello can be said. */
export async function openWebSocket(server: Server): Promise<RawLine> {
  const line = dial(server, head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket")));
  await line.hear('"sid"');
  return line;
}

/**
 * Writes the same bytes again and again, as fast as they are taken, until the connection is cut, or `most` times: who does not read
 * does not see a bye.
 */
export async function flood(
  { tcp, closed }: RawLine,
  bytes: Buffer,
  { onWritten, most = Number.POSITIVE_INFINITY }: { onWritten: () => void; most?: number },
): Promise<void> {
  for (let writes = 0; writes < most && !tcp.destroyed; writes += 1) {
    onWritten();
    if (tcp.write(bytes)) await nextTurn();
    else await Promise.race([once(tcp, "drain").catch(() => undefined), closed]);
  }
  await Promise.race([closed, pause(LINGER_MS)]);
  tcp.destroy();
}
