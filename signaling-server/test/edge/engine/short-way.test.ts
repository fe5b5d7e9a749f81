import { Duplex } from "node:stream";
import type { Socket as Connection } from "engine.io";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ws from "ws";
import { frameOf, onlyHandsOn, writeShortly, writeTogether } from "../../../src/edge/engine/short-way.ts";

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

const bytesOf = (text: string) => {
  const frame = frameOf(text);
  return frame === undefined ? undefined : Buffer.from(frame, "latin1");
};

test("a message is framed as the WebSocket library frames it, byte for byte", () => {
  for (const length of [0, 1, 123, 124, 125, 126, 127, 255, 256, 2_048, 65_533, 65_534])
    expect(bytesOf("x".repeat(length))?.equals(librarys("x".repeat(length)))).toBe(true);
  void fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 400 }), (text) => {
      expect(bytesOf(text)?.equals(librarys(text))).toBe(true);
    }),
  );
});

test("one of more than 64 KiB, or with a character of more bytes than one, is left to the library", () => {
  for (const text of ["x".repeat(65_535), "é", "€", "\u{1f600}", `${"x".repeat(300)}\u0080`])
    expect(frameOf(text)).toBeUndefined();
});

/** A connection over an idle WebSocket, as the libraries keep it, but for what is given. */
function connectionWith(
  given: {
    readonly connection?: object;
    readonly transport?: object;
    readonly webSocket?: object;
    readonly tcp?: object;
  } = {},
) {
  const wrote: string[] = [];
  const say =
    (way: string) =>
    (text: string): object => {
      wrote.push(`${way} ${text}`);
      return connection;
    };
  const tcp = { writableLength: 0, write: say("short"), ...given.tcp };
  const socket = { readyState: ws.WebSocket.OPEN, _socket: tcp, ...given.webSocket };
  const connection = {
    readyState: "open",
    writeBuffer: [],
    pingTimeoutTimer: null,
    write: say("long"),
    transport: { writable: true, socket, ...given.transport },
    ...given.connection,
  } as unknown as Connection;
  writeShortly(connection);
  const isHandedOn = () => onlyHandsOn(connection, socket as unknown as ws.WebSocket);
  return { connection, wrote, isHandedOn };
}

/** As it is where the library has another name for it. */
const GONE = undefined;

describe("[W1] the short way", () => {
  test("is taken over a WebSocket that is open and for which nothing waits", () => {
    const { connection, wrote, isHandedOn } = connectionWith();
    expect(connection.write("text")).toBe(connection);
    expect(wrote).toEqual([`short ${frameOf("text")}`]);
    expect(isHandedOn()).toBe(true);
  });

  test.each([
    ["the connection is closing", { connection: { readyState: "closing" } }],
    ["a packet waits for the transport", { connection: { writeBuffer: ["a packet"] } }],
    ["it is not known what waits", { connection: { writeBuffer: GONE } }],
    ["the transport is writing a packet", { transport: { writable: false } }],
    ["it is not known whether it is", { transport: { writable: GONE } }],
    ["it goes by polling", { transport: { socket: GONE } }],
    ["the WebSocket is closing", { webSocket: { readyState: ws.WebSocket.CLOSING } }],
    ["its TCP connection is not known", { webSocket: { _socket: GONE } }],
    ["bytes wait in the TCP connection (W9)", { tcp: { writableLength: 1 } }],
  ])("is not taken out where %s", (_what, given) => {
    const { connection, wrote } = connectionWith(given);
    connection.write("text");
    expect(wrote).toEqual(["long text"]);
  });

  test("is not taken out by what is no ASCII, or wants to be told when it has been written", () => {
    const { connection, wrote } = connectionWith();
    connection.write("é");
    connection.write("told", undefined, () => undefined);
    expect(wrote).toEqual(["long é", "long told"]);
  });

  test("[R20] takes two messages in one write, or leaves both to the library", () => {
    const idle = connectionWith();
    writeTogether(idle.connection, ["first", "second"]);
    expect(idle.wrote).toEqual([`short ${frameOf("first")}${frameOf("second")}`]);
    const busy = connectionWith({ transport: { writable: false } });
    writeTogether(busy.connection, ["first", "second"]);
    expect(busy.wrote).toEqual(["long first", "long second"]);
    const mixed = connectionWith();
    writeTogether(mixed.connection, ["first", "é"]);
    expect(mixed.wrote).toEqual([`short ${frameOf("first")}`, "long é"]);
  });

  test.each([
    ["the connection is closing", { connection: { readyState: "closing" } }],
    ["a pong is awaited (G5)", { connection: { pingTimeoutTimer: { refresh: () => undefined } } }],
    ["it is not known whether one is", { connection: { pingTimeoutTimer: GONE } }],
    ["another transport is used still", { transport: { socket: {} } }],
  ])("is not taken in where %s", (_what, given) => {
    expect(connectionWith(given).isHandedOn()).toBe(false);
  });
});
