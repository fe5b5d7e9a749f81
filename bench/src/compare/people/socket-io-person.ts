import { frameTemplate, textFrame } from "../wire/frames.ts";
import { argumentsOf, beginsWith, eventHead, SocketIoLine } from "../wire/socket-io-line.ts";
import { stampIn } from "../wire/stamp.ts";
import { PAYLOADS } from "./payloads.ts";
import type { Hear, People, Person, SignalKind } from "./person.ts";

const FIND = textFrame('42["find"]');
const SIGNAL = eventHead("signal");
const MATCHED = eventHead("matched");

function template(kind: SignalKind) {
  const text = `42["signal",${PAYLOADS[kind]}]`;
  return frameTemplate(text, [stampIn(text)]);
}

const SIGNALS = { description: template("description"), candidate: template("candidate") } as const;

/** Somebody at the bare Socket.IO relay. */
export const socketIoPeople =
  (port: number): People =>
  (_number, hear) =>
    new SocketIoPerson(port, hear);

class SocketIoPerson implements Person {
  readonly complaints: ReadonlyMap<string, number> = new Map();
  readonly #port: number;
  readonly #hear: Hear;
  #line: SocketIoLine | undefined;

  constructor(port: number, hear: Hear) {
    this.#port = port;
    this.#hear = hear;
  }

  connect(): void {
    const hear = this.#hear;
    const line = new SocketIoLine(
      { port: this.#port },
      {
        onOpen: () => line.greet(),
        onConnected: () => hear.onReady(),
        onEvent: (packet) => this.#heard(packet),
        onRefused: (body) => hear.onClosed(body),
        onClosed: (reason) => hear.onClosed(reason),
      },
    );
    this.#line = line;
  }

  #heard(packet: Buffer): void {
    if (beginsWith(packet, SIGNAL)) this.#hear.onSignal(packet);
    else if (beginsWith(packet, MATCHED)) {
      const { room } = argumentsOf(packet)[1] as { room: string };
      this.#hear.onMatched(room);
    }
  }

  find(): void {
    this.#line?.write(FIND);
  }

  signal(kind: SignalKind, stamp: number): void {
    this.#line?.write(SIGNALS[kind]([stamp]));
  }

  close(): void {
    this.#line?.close();
  }
}
