/** Opcodes of WebSocket frames (RFC 6455 section 5.2). */
export const OPCODE = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/**
 * The same for all frames, so that they can be made beforehand, and not zero, so that the server unmasks as it does for anybody. RFC
 * 6455 section 10.3 wants an unpredictable one because of scripts in browsers, of which there are none here.
 */
const MASK = Buffer.from([0x5a, 0xc3, 0x17, 0x9e]);
const MASK_BYTES = MASK.length;
const ZERO = 48;

const masked = (byte: number, at: number): number => byte ^ (MASK[at % MASK_BYTES] ?? 0);

/** One whole frame of a client. */
export function clientFrame(payload: Buffer, opcode: number): Buffer {
  const size = payload.length;
  const extendedBytes = size < 126 ? 0 : size < 2 ** 16 ? 2 : 8;
  const headBytes = 2 + extendedBytes + MASK_BYTES;
  const frame = Buffer.allocUnsafe(headBytes + size);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extendedBytes === 0 ? size : extendedBytes === 2 ? 126 : 127);
  if (extendedBytes === 2) frame.writeUInt16BE(size, 2);
  if (extendedBytes === 8) frame.writeBigUInt64BE(BigInt(size), 2);
  MASK.copy(frame, headBytes - MASK_BYTES);
  for (let at = 0; at < size; at += 1) frame[headBytes + at] = masked(payload[at] ?? 0, at);
  return frame;
}

export const textFrame = (text: string): Buffer => clientFrame(Buffer.from(text), OPCODE.text);

/** Digits in an ASCII text: where the first one is, and how many. */
export interface Digits {
  readonly at: number;
  readonly count: number;
}

/**
 * A text frame whose numbers change: encoded and masked once, and copied for each message with the given values in the given
 * places.
 */
export function frameTemplate(
  text: string,
  places: readonly Digits[],
): (values: readonly number[]) => Buffer {
  const whole = textFrame(text);
  const headBytes = whole.length - Buffer.byteLength(text);
  return (values) => {
    const frame = Buffer.allocUnsafe(whole.length);
    whole.copy(frame);
    for (let place = 0; place < places.length; place += 1) {
      const { at = 0, count = 0 } = places[place] ?? {};
      let rest = values[place] ?? 0;
      for (let digit = at + count - 1; digit >= at; digit -= 1) {
        frame[headBytes + digit] = masked(ZERO + (rest % 10), digit);
        rest = Math.floor(rest / 10);
      }
    }
    return frame;
  };
}
