import { createHash, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { clientFrame, OPCODE, textFrame } from "./frames.ts";

export const HOST = "127.0.0.1";

const KEY = randomBytes(16).toString("base64");
/** RFC 6455 section 4.2.2. */
const ACCEPT = createHash("sha1").update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const NORMAL_CLOSURE = Buffer.from([0x03, 0xe8]);
const HEAD_END = Buffer.from("\r\n\r\n");
const NOTHING = Buffer.alloc(0);
/** What was read is dealt with before the next read, so all sockets share the memory. */
const READ_BUFFER = Buffer.allocUnsafeSlow(256 * 1_024);

export interface WebSocketTarget {
  readonly port: number;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WebSocketHandlers {
  onOpen(): void;
  /** `payload` is there during the call only. */
  onMessage(payload: Buffer): void;
  /** Called once at most, and not after `close`. */
  onClosed(reason: string): void;
}

/**
 * A WebSocket that costs the load generator little (RFC 6455): no extensions, no fragments, frames that were made beforehand, and no
 * copy of what arrives.
 */
export class LightWebSocket {
  readonly #handlers: WebSocketHandlers;
  readonly #socket: Socket;
  #rest = NOTHING;
  #isUpgraded = false;
  #isOver = false;

  constructor({ port, path, headers = {} }: WebSocketTarget, handlers: WebSocketHandlers) {
    this.#handlers = handlers;
    this.#socket = connect({
      host: HOST,
      port,
      noDelay: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (size) => {
          this.#take(READ_BUFFER.subarray(0, size));
          return true;
        },
      },
    });
    this.#socket.on("error", (error: NodeJS.ErrnoException) => this.#end(error.code ?? error.message));
    this.#socket.on("close", () => this.#end("closed"));
    const fields = {
      Host: `${HOST}:${port}`,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": KEY,
      ...headers,
    };
    const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`GET ${path} HTTP/1.1\r\n${head.join("")}\r\n`);
  }

  /** Sends a frame as it is. */
  write(frame: Buffer): void {
    if (!this.#isOver) this.#socket.write(frame);
  }

  send(text: string): void {
    this.write(textFrame(text));
  }

  /** Says goodbye and hangs up. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#isUpgraded) this.#socket.end(clientFrame(NORMAL_CLOSURE, OPCODE.close));
    else this.#socket.destroy();
  }

  /** As a network that goes away. */
  drop(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket.destroy();
    this.#handlers.onClosed(reason);
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = NOTHING;
    let offset = this.#isUpgraded ? 0 : this.#takeHead(data);
    while (offset >= 0 && !this.#isOver) {
      const next = this.#takeFrame(data, offset);
      if (next === undefined) break;
      offset = next;
    }
    if (!this.#isOver && offset < data.length) this.#rest = Buffer.from(data.subarray(Math.max(0, offset)));
  }

  /** Where the first frame begins; -1 where the head is not whole. */
  #takeHead(data: Buffer): number {
    const end = data.indexOf(HEAD_END);
    if (end < 0) return -1;
    const head = data.toString("latin1", 0, end);
    if (!head.startsWith("HTTP/1.1 101 ") || !head.includes(ACCEPT)) {
      this.#end(`refused: ${head.split("\r\n", 1)[0]}`);
      return -1;
    }
    this.#isUpgraded = true;
    this.#handlers.onOpen();
    return end + HEAD_END.length;
  }

  /** Where the next frame begins; undefined where this one is not whole. */
  #takeFrame(data: Buffer, offset: number): number | undefined {
    const left = data.length - offset;
    if (left < 2) return undefined;
    let size = data.readUInt8(offset + 1) & 0x7f;
    let headBytes = 2;
    if (size === 126) {
      headBytes = 4;
      if (left < headBytes) return undefined;
      size = data.readUInt16BE(offset + 2);
    } else if (size === 127) {
      headBytes = 10;
      if (left < headBytes) return undefined;
      size = Number(data.readBigUInt64BE(offset + 2));
    }
    const end = offset + headBytes + size;
    if (data.length < end) return undefined;
    this.#takeMessage(data.readUInt8(offset), data.subarray(offset + headBytes, end));
    return end;
  }

  #takeMessage(first: number, payload: Buffer): void {
    const opcode = first & 0x0f;
    if ((first & 0xf0) !== 0x80) this.#end("a frame in fragments, or compressed");
    else if (opcode === OPCODE.text || opcode === OPCODE.binary) this.#handlers.onMessage(payload);
    else if (opcode === OPCODE.ping) this.write(clientFrame(payload, OPCODE.pong));
    else if (opcode === OPCODE.close)
      this.#end(payload.length >= 2 ? `close ${payload.readUInt16BE(0)}` : "close");
  }
}
