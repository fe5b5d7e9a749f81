import { connect, type Socket } from "node:net";
import { connect as connectOverTls } from "node:tls";
import { PROTOCOL_VERSION } from "@serendip/protocol";
import { ORIGIN, until } from "./page.ts";

/** A client that sends bytes, keeps its half of the connection open, and reads along. */
export interface RawClient {
  readonly tcp: Socket;
  /** Everything that has come, as latin1. */
  received(): string;
  /** The other end has closed. */
  ended(): boolean;
}

/** What a raw client has to know of a server; `url`: whether it speaks TLS. */
interface Dialled {
  readonly port: number;
  readonly url?: string;
}

export function dial(server: Dialled, text: string | Buffer = ""): RawClient {
  const place = { port: server.port, host: "127.0.0.1", allowHalfOpen: true };
  const tcp = server.url?.startsWith("https:")
    ? connectOverTls({ ...place, rejectUnauthorized: false })
    : connect(place);
  let received = "";
  tcp.on("error", () => undefined);
  tcp.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  tcp.write(text);
  return { tcp, received: () => received, ended: () => tcp.readableEnded || tcp.destroyed };
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
export const WS_PATH = "/socket.io/?EIO=4&transport=websocket";

/** The head of a request. */
export function head(
  line: string,
  fields: Readonly<Record<string, string>> = {},
  { origin = ORIGIN }: { origin?: string } = {},
): string {
  const all = { Host: "localhost", Origin: origin, ...fields };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [line, ...lines, "", ""].join("\r\n");
}

export const upgradeTo = (kind: string) => ({
  Connection: "Upgrade",
  Upgrade: kind,
  ...(kind === "websocket" ? { "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": KEY } : {}),
});

/** A WebSocket frame as a client sends it, with a mask of zeros (RFC 6455 section 5.2); opcode 1 is text, 9 a ping. */
export function frame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(payload.length);
  const size = payload.length < 126 ? [0x80 | payload.length] : [0xfe, ...length];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size, 0, 0, 0, 0]), payload]);
}

/** One message in so many frames, all but the first one empty (RFC 6455 section 5.4). */
export function fragments(text: string, count: number): Buffer {
  const first = frame(text);
  const further = Buffer.concat(Array.from({ length: count - 1 }, () => frame("", 0)));
  first[0] = 1;
  for (let at = 0; at < further.length - 6; at += 6) further[at] = 0;
  return Buffer.concat([first, further]);
}

export const helloText = (token: string, tabId = "tab") =>
  `40${JSON.stringify({ protocol: PROTOCOL_VERSION, token, tabId })}`;

/** A WebSocket that is ready for hellos. */
export async function openWebSocket(server: Dialled) {
  const line = dial(server, head(`GET ${WS_PATH} HTTP/1.1`, upgradeTo("websocket")));
  await until("the upgrade", () => line.received().includes('"sid"'));
  const say = (text: string, opcode?: number) => line.tcp.write(frame(text, opcode));
  return { ...line, say, hello: (token: string, tabId?: string) => say(helloText(token, tabId)) };
}
