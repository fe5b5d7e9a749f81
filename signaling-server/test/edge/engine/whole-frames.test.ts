import { Duplex } from "node:stream";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import * as ws from "ws";
import { wholeFrame } from "../../../src/edge/engine/whole-frames.ts";

/** What the library exports beside its types. */
interface Inside {
  readonly Sender: new (
    socket: Duplex,
    extensions: object,
  ) => { send(data: string, options: object, done: () => void): void };
}
const { Sender } = ws as unknown as Inside;

/** What the library writes for a message of Engine.IO. */
function librarys(data: string): Buffer {
  const parts: Buffer[] = [];
  const socket = new Duplex({
    write(chunk: Buffer, _encoding, done) {
      parts.push(chunk);
      done();
    },
    read() {},
  });
  const sender = new Sender(socket, {});
  sender.send(`4${data}`, { fin: true, binary: false, compress: false, mask: false }, () => undefined);
  return Buffer.concat(parts);
}

test("a message is framed as the WebSocket library frames it, byte for byte", () => {
  const lengths = [0, 1, 123, 124, 125, 126, 127, 255, 256, 2_045, 2_046, 2_047];
  for (const length of lengths)
    for (const unit of ["x", "é", "€"]) {
      const data = unit.repeat(length);
      const frame = wholeFrame(data);
      if (Buffer.byteLength(data) < 2_048) expect(frame?.equals(librarys(data))).toBe(true);
      else expect(frame).toBeUndefined();
    }
  void fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (data) => {
      expect(wholeFrame(data)?.equals(librarys(data))).toBe(true);
    }),
  );
});

test("a long message is left to the library", () => {
  expect(wholeFrame("x".repeat(2_048))).toBeUndefined();
  expect(wholeFrame("€".repeat(2_000))).toBeUndefined();
});
