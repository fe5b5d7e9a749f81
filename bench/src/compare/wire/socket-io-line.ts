import { textFrame } from "./frames.ts";
import { LightWebSocket, type WebSocketTarget } from "./web-socket.ts";

const PATH = "/socket.io/?EIO=4&transport=websocket";
const PONG = textFrame("3");
const code = (digit: string): number => digit.charCodeAt(0);
/** Types of packets of Engine.IO (protocol 4), and of Socket.IO within its messages (protocol 5). */
const ENGINE = { open: code("0"), ping: code("2"), message: code("4") };
const PACKET = {
  connect: code("0"),
  disconnect: code("1"),
  event: code("2"),
  ack: code("3"),
  refusal: code("4"),
};
const MESSAGE = "4";
const LIST = code("[");
const MAX_ID_DIGITS = 16;

export interface LineHandlers {
  /** The transport is open: CONNECT can be sent. */
  onOpen(): void;
  /** The namespace is open. */
  onConnected(): void;
  /** A whole event packet, such as `42["name",…]`; there during the call only. */
  onEvent(packet: Buffer): void;
  /** The CONNECT was refused with this text; the line is closed. */
  onRefused(body: string): void;
  onClosed(reason: string): void;
  /** Sees each acknowledgement first; true: that was all. */
  takesAck?(id: number, packet: Buffer): boolean;
}

/** One Socket.IO connection over one WebSocket: as much of it as a load generator needs. */
export class SocketIoLine {
  readonly #handlers: LineHandlers;
  readonly #socket: LightWebSocket;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  #asked = 0;

  constructor(target: Omit<WebSocketTarget, "path">, handlers: LineHandlers) {
    this.#handlers = handlers;
    this.#socket = new LightWebSocket(
      { ...target, path: PATH },
      {
        onOpen: () => undefined,
        onMessage: (payload) => this.#take(payload),
        onClosed: (reason) => this.#handlers.onClosed(reason),
      },
    );
  }

  /** Sends CONNECT, with what the namespace asks for. */
  greet(auth?: unknown): void {
    this.#socket.send(`40${auth === undefined ? "" : JSON.stringify(auth)}`);
  }

  write(frame: Buffer): void {
    this.#socket.write(frame);
  }

  emit(event: string, body: unknown): void {
    this.#socket.send(`42${JSON.stringify([event, body])}`);
  }

  /** Sends an event that is to be acknowledged; `onAnswer` may never be called. */
  ask(event: string, body: unknown, onAnswer: (answer: unknown) => void): void {
    this.#asked += 1;
    this.#waiting.set(this.#asked, onAnswer);
    this.#socket.send(`42${this.#asked}${JSON.stringify([event, body])}`);
  }

  /** Acknowledges the event of this packet. */
  answer(packet: Buffer, body: unknown): void {
    this.#socket.send(`43${idOf(packet)}${JSON.stringify([body])}`);
  }

  close(): void {
    this.#socket.close();
  }

  drop(): void {
    this.#socket.drop();
  }

  #take(packet: Buffer): void {
    const engine = packet[0];
    if (engine === ENGINE.ping) this.#socket.write(PONG);
    else if (engine === ENGINE.open) this.#handlers.onOpen();
    else if (engine === ENGINE.message) this.#takeMessage(packet);
  }

  #takeMessage(packet: Buffer): void {
    const type = packet[1];
    if (type === PACKET.event) this.#handlers.onEvent(packet);
    else if (type === PACKET.ack) this.#takeAck(packet);
    else if (type === PACKET.connect) this.#handlers.onConnected();
    else if (type === PACKET.refusal) {
      this.drop();
      this.#handlers.onRefused(packet.toString("utf8", 2));
    } else if (type === PACKET.disconnect) {
      this.drop();
      this.#handlers.onClosed("the server has disconnected the namespace");
    }
  }

  #takeAck(packet: Buffer): void {
    const id = idOf(packet);
    if (this.#handlers.takesAck?.(id, packet)) return;
    const onAnswer = this.#waiting.get(id);
    this.#waiting.delete(id);
    onAnswer?.(argumentsOf(packet)[0]);
  }
}

/** The id for the acknowledgement in an event or an acknowledgement; 0 where there is none. */
function idOf(packet: Buffer): number {
  let id = 0;
  for (let at = MESSAGE.length + 1; at < MAX_ID_DIGITS && packet[at] !== LIST; at += 1)
    id = id * 10 + (packet[at] ?? code("0")) - code("0");
  return id;
}

export function argumentsOf(packet: Buffer): readonly unknown[] {
  const list: unknown = JSON.parse(packet.toString("utf8", packet.indexOf(LIST)));
  return Array.isArray(list) ? list : [];
}

/** How an event packet without an acknowledgement begins. */
export const eventHead = (event: string): Buffer => Buffer.from(`42["${event}"`);

/** Whether a packet begins so, without reading it. */
export const beginsWith = (packet: Buffer, head: Buffer): boolean =>
  packet.length >= head.length && packet.compare(head, 0, head.length, 0, head.length) === 0;
