import { frameTemplate, textFrame } from "../wire/frames.ts";
import { beginsWith } from "../wire/socket-io-line.ts";
import { stampIn } from "../wire/stamp.ts";
import { LightWebSocket } from "../wire/web-socket.ts";
import { PAYLOADS } from "./payloads.ts";
import type { Hear, People, Person, SignalKind } from "./person.ts";

const FIND = textFrame('{"event":"find"}');
const MATCHED = Buffer.from('{"event":"matched"');

function template(kind: SignalKind) {
  const text = `{"event":"signal","signal":${PAYLOADS[kind]}}`;
  return frameTemplate(text, [stampIn(text)]);
}

const SIGNALS = { description: template("description"), candidate: template("candidate") } as const;

/** Somebody at the raw `ws` relay. */
export const wsPeople =
  (port: number): People =>
  (_number, hear) =>
    new WsPerson(port, hear);

class WsPerson implements Person {
  readonly complaints: ReadonlyMap<string, number> = new Map();
  readonly #port: number;
  readonly #hear: Hear;
  #line: LightWebSocket | undefined;

  constructor(port: number, hear: Hear) {
    this.#port = port;
    this.#hear = hear;
  }

  connect(): void {
    const hear = this.#hear;
    this.#line = new LightWebSocket(
      { port: this.#port, path: "/" },
      {
        onOpen: () => hear.onReady(),
        onMessage: (payload) => this.#heard(payload),
        onClosed: (reason) => hear.onClosed(reason),
      },
    );
  }

  #heard(payload: Buffer): void {
    if (beginsWith(payload, MATCHED)) {
      const { room } = JSON.parse(payload.toString("utf8")) as { room: string };
      this.#hear.onMatched(room);
    } else this.#hear.onSignal(payload);
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
