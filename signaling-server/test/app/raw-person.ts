import { MintReply, PROTOCOL_VERSION } from "@serendip/protocol";
import { until } from "./page.ts";
import { dial, frame, head, openWebSocket } from "./raw.ts";

interface Address {
  readonly port: number;
  readonly url: string;
}

/** A frame that has come, its payload as latin1. */
export interface Frame {
  readonly opcode: number;
  readonly text: string;
}

/** Somebody who sends bytes, of several frames at once if need be, and reads frames. */
export interface RawPerson {
  /** Of the room that was named last. */
  roomId(): string;
  /** Numbers for acknowledgements. */
  nextId(): number;
  /** The next number of a signal in the room. */
  nextSequence(): number;
  lastSequence(): number;
  write(bytes: Buffer): void;
  frames(): readonly Frame[];
  /** Sends a request, and waits for its answer; what was sent before has been handled then. */
  ask(event: string, body?: object): Promise<void>;
  /** The server has said that it closes. */
  isClosed(): boolean;
  destroy(): void;
}

const CLOSE = 8;

function framesIn(received: string): readonly Frame[] {
  const bytes = Buffer.from(received, "latin1");
  const frames: Frame[] = [];
  let at = received.indexOf("\r\n\r\n") + 4;
  while (at + 2 <= bytes.length) {
    const short = bytes.readUInt8(at + 1);
    const isLong = short === 126;
    if (isLong && at + 4 > bytes.length) break;
    const start = at + (isLong ? 4 : 2);
    const size = isLong ? bytes.readUInt16BE(at + 2) : short;
    if (start + size > bytes.length) break;
    frames.push({ opcode: bytes.readUInt8(at) & 15, text: bytes.toString("latin1", start, start + size) });
    at = start + size;
  }
  return frames;
}

/** A token, over a connection of its own, which no turned clock can close before the next one is asked for. */
async function mintAlone(server: Address): Promise<string> {
  const fields = { Connection: "close", "Content-Type": "application/json", "Content-Length": "2" };
  const asked = dial(server, `${head("POST /v1/sessions HTTP/1.1", fields)}{}`);
  await until("a token", asked.ended);
  asked.tcp.destroy();
  return MintReply.parse(JSON.parse(asked.received().split("\r\n\r\n")[1] ?? "")).token;
}

export async function arriveRaw(server: Address, tabId: string, hello: object = {}): Promise<RawPerson> {
  const token = await mintAlone(server);
  const line = await openWebSocket(server);
  line.say(`40${JSON.stringify({ protocol: PROTOCOL_VERSION, token, tabId, ...hello })}`);
  await until("the welcome", () => line.received().includes('42["welcome"'));
  const frames = () => framesIn(line.received());
  let ids = 0;
  let room = "";
  let sequence = 0;
  const roomId = (): string => {
    const matched = frames().findLast(({ text }) => text.startsWith('42["matched"'))?.text ?? "";
    const [, named = ""] = /"roomId":"([\w-]+)"/.exec(matched) ?? [];
    if (named !== room) sequence = 0;
    room = named;
    return room;
  };
  const nextId = () => {
    ids += 1;
    return ids;
  };
  const isClosed = () => line.ended() || frames().some(({ opcode }) => opcode === CLOSE);
  return {
    roomId,
    nextId,
    nextSequence() {
      sequence += 1;
      return sequence;
    },
    lastSequence: () => sequence,
    write: (bytes) => void line.tcp.write(bytes),
    frames,
    isClosed,
    async ask(event, body = {}) {
      const id = nextId();
      line.tcp.write(frame(`42${id}${JSON.stringify([event, body])}`));
      const answer = `43${id}[`;
      await until(
        `an answer to ${event}`,
        () => isClosed() || frames().some(({ text }) => text.startsWith(answer)),
      );
    },
    destroy: () => void line.tcp.destroy(),
  };
}
