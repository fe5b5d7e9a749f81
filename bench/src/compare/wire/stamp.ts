import type { Digits } from "./frames.ts";

/** Letters that stand in a message before its number. They pass as they are in an SDP line, in an ICE foundation and in JSON. */
const MARK = "bench";
const MARK_BYTES = Buffer.from(MARK);
const COUNT = 10;
const ZERO = 48;

/** To be part of each message, once. */
export const STAMP = `${MARK}${"0".repeat(COUNT)}`;

/** Where the digits of the stamp are. */
export function stampIn(text: string): Digits {
  const at = text.indexOf(STAMP);
  if (at < 0) throw new Error("The message has no place for its number.");
  return { at: at + MARK.length, count: COUNT };
}

/** The number in a message; -1 where there is none. */
export function readStamp(packet: Buffer): number {
  const at = packet.indexOf(MARK_BYTES);
  if (at < 0) return -1;
  let number = 0;
  for (let digit = at + MARK.length; digit < at + MARK.length + COUNT; digit += 1)
    number = number * 10 + (packet[digit] ?? ZERO) - ZERO;
  return number;
}
