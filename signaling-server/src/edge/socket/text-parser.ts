import { Decoder, Encoder, type Packet } from "socket.io-parser";

/** What Socket.IO's encoder keeps beside its types. */
interface Inside {
  encodeAsString(packet: Packet): string;
}

/** There is nothing binary in this protocol (SPEC W5), so that nobody has to look for it in each packet. */
class TextEncoder extends Encoder {
  override encode(packet: Packet): string[] {
    return [(this as unknown as Inside).encodeAsString(packet)];
  }
}

/** Socket.IO's own encoding and decoding, without binary data on the way out. */
export const textParser = { Encoder: TextEncoder, Decoder };
