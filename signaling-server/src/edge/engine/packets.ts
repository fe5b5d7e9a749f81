/** Why a message is no packet of this protocol. */
export type PacketFault = "binary" | "namespace" | "form";

/** Socket.IO's types of packets with attachments: BINARY_EVENT and BINARY_ACK. */
const WITH_ATTACHMENTS = new Set(["5", "6"]);

/** The type, and the number of the acknowledgement: up to sixteen digits, which is more than anybody counts. */
const HEAD = /^\d\d{0,16}(?!\d)/;

/** Values in one packet; the largest one of this protocol has a few dozen. */
const MOST_VALUES = 512;
/** Reading a packet of this length takes little time, whatever it holds. */
const HARMLESS_CHARS = 1_024;

/**
 * Finds messages that Socket.IO would understand and this protocol does not know (SPEC W5): binary messages, packets that
 * promise attachments, packets for another namespace than the main one, and packets of so many values, or so long a number, that
 * only reading them takes long. Undefined for all others.
 */
export function packetFault(message: unknown): PacketFault | undefined {
  if (typeof message !== "string" || WITH_ATTACHMENTS.has(message.charAt(0))) return "binary";
  if (message.charAt(1) === "/") return "namespace";
  return HEAD.test(message) && !holdsTooMany(message) ? undefined : "form";
}

/** Whether a text of JSON holds more values than a packet may: counts what comes before each, outside of strings. */
function holdsTooMany(text: string): boolean {
  if (text.length <= HARMLESS_CHARS) return false;
  let values = 0;
  for (let at = 0; at < text.length && values <= MOST_VALUES; at += 1) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at);
    else if (character === "," || character === "[" || character === "{") values += 1;
  }
  return values > MOST_VALUES;
}

/** Where the string ends that begins at `start`; the end of the text where it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charAt(end - 1 - backslashes) === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
