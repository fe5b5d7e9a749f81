import {
  readSignalText,
  type ServerBody,
  type ServerEvent,
  type SignalEnvelope,
  signalTextOf,
} from "@serendip/protocol";
import { Decoder, Encoder, type Packet, PacketType } from "socket.io-parser";

/** What Socket.IO's encoder keeps beside its types. */
interface Inside {
  encodeAsString(packet: Packet): string;
}

/** How the data of an event that brings a signal begin; the signal follows, and a bracket. */
const SIGNAL = '["signal",';
/** Type and number of an event that asks for an acknowledgement, or for none. */
const EVENT_HEAD = /^2\d{0,15}$/;

/** The packet of a signal that is written as pages write it (SPEC W20); undefined for everything else. */
function readSignalPacket(message: string): Packet | undefined {
  const start = message.indexOf("[");
  if (!message.startsWith(SIGNAL, start) || !message.endsWith("]")) return undefined;
  const head = message.slice(0, start);
  if (!EVENT_HEAD.test(head)) return undefined;
  const signal = readSignalText(message.slice(start + SIGNAL.length, -1));
  if (!signal) return undefined;
  const packet = { type: PacketType.EVENT, nsp: "/", data: ["signal", signal] };
  return head.length > 1 ? { ...packet, id: Number(head.slice(1)) } : packet;
}

/** The text of an event that brings a signal which was read by `readSignalPacket`. */
function writeSignalPacket({ type, id, data }: Packet): string | undefined {
  if (type !== PacketType.EVENT || id !== undefined || data?.[0] !== "signal") return undefined;
  const text = signalTextOf(data[1]);
  return text && `${PacketType.EVENT}${SIGNAL}${text}]`;
}

/** Begins an Engine.IO message that brings a signal which asks for no acknowledgement. */
const SIGNAL_MESSAGE = `4${PacketType.EVENT}${SIGNAL}`;

/** Where it differs from the events that most messages bring. */
const BRACKET = { at: 2, code: "[".charCodeAt(0) } as const;

/**
 * The signal of a WebSocket's message that Socket.IO would make an event without an acknowledgement of, with nothing but a signal
 * that is written as pages write it (SPEC W20); undefined for every other message.
 */
export function readSignalMessage(message: Buffer): SignalEnvelope | undefined {
  if (message[BRACKET.at] !== BRACKET.code) return undefined;
  // A signal's text has no character of more bytes than one.
  const text = message.toString("latin1");
  if (!text.startsWith(SIGNAL_MESSAGE) || !text.endsWith("]")) return undefined;
  return readSignalText(text.slice(SIGNAL_MESSAGE.length, -1));
}

/** There is nothing binary in this protocol (SPEC W5), so that nobody has to look for it in each packet. */
class TextEncoder extends Encoder {
  override encode(packet: Packet): string[] {
    return [writeSignalPacket(packet) ?? (this as unknown as Inside).encodeAsString(packet)];
  }
}

class TextDecoder extends Decoder {
  override add(message: unknown): void {
    const packet = typeof message === "string" ? readSignalPacket(message) : undefined;
    if (packet) this.emitReserved("decoded", packet);
    else super.add(message);
  }
}

/** Socket.IO's own encoding and decoding, without binary data on the way out, and with a short way for signals. */
export const textParser = { Encoder: TextEncoder, Decoder: TextDecoder };

const encoder = new TextEncoder();

/** The text in which Socket.IO sends an event that asks for no acknowledgement. */
export function eventText<Event extends ServerEvent>(event: Event, body: ServerBody<Event>): string {
  const [text = ""] = encoder.encode({ type: PacketType.EVENT, nsp: "/", data: [event, body] });
  return text;
}
