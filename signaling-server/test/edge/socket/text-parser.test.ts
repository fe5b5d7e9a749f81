import { readSignalText, type SignalEnvelope, signalTextOf } from "@serendip/protocol";
import * as fc from "fast-check";
import { Decoder, Encoder, type Packet, PacketType } from "socket.io-parser";
import { describe, expect, test } from "vitest";
import { packetFault } from "../../../src/edge/engine/packets.ts";
import { readInbound } from "../../../src/edge/socket/inbound.ts";
import { eventText, readSignalMessage, textParser } from "../../../src/edge/socket/text-parser.ts";
import field from "../../service/relay/field-signals.json" with { type: "json" };

/** What a decoder makes of a message; the words of its complaint where it makes nothing. */
function decode(decoder: Decoder, message: string): unknown {
  const packets: unknown[] = [];
  decoder.on("decoded", (packet) => packets.push(packet));
  try {
    decoder.add(message);
  } catch (error) {
    return String(error);
  }
  return packets;
}

/** As it would be after another trip over the wire, without what the parser itself remembers of it. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
const inboundOf = (packets: unknown): unknown => {
  const [packet] = packets as Packet[];
  const { request, error } = readInbound([...(packet?.data ?? []), () => undefined]) as Record<
    string,
    unknown
  >;
  return plain({ request, error });
};

/** What is taken before Socket.IO gets it is what Socket.IO would have handed on, and no message but these is. */
function isTakenFirstAsItIsRead(message: string, packets: unknown): void {
  const signal = readSignalMessage(Buffer.from(`4${message}`));
  const [packet] = typeof packets === "string" ? [] : (packets as Packet[]);
  const isOne = packet?.id === undefined && signalTextOf(packet?.data?.[1]) !== undefined;
  expect(signal !== undefined).toBe(isOne && packet?.type === PacketType.EVENT);
  if (signal === undefined) return;
  expect([packet?.nsp, packet?.data]).toEqual(["/", ["signal", signal]]);
  expect(signalTextOf(signal)).toBe(signalTextOf(packet?.data?.[1]));
  expect(packetFault(message)).toBeUndefined();
}

function isReadAndWrittenAsTheLibraryDoes(message: string): boolean {
  const [mine, librarys] = [decode(new textParser.Decoder(), message), decode(new Decoder(), message)];
  expect(plain(mine)).toEqual(plain(librarys));
  isTakenFirstAsItIsRead(message, mine);
  const [packet] = typeof mine === "string" ? [] : (mine as Packet[]);
  if (packet?.type !== PacketType.EVENT) return false;
  expect(inboundOf(mine)).toEqual(inboundOf(librarys));
  const event = { type: packet.type, nsp: packet.nsp, data: packet.data };
  for (const written of [event, { ...event, id: 7 }])
    expect(new textParser.Encoder().encode(written)).toEqual(new Encoder().encode(plain(written) as Packet));
  return signalTextOf(packet.data?.[1]) !== undefined;
}

const place = { roomId: "room-1", generation: 1, sequence: 1 };
const signals: readonly { readonly what: string; readonly signal: SignalEnvelope["signal"] }[] = [
  ...field.candidates.map(({ what, line }) => ({
    what,
    signal: { kind: "candidate", candidate: { candidate: line, sdpMid: "0", sdpMLineIndex: 0 } } as const,
  })),
  ...field.descriptions.map(({ what, lines }) => ({
    what,
    signal: { kind: "offer", sdp: `${lines.join("\r\n")}\r\n` } as const,
  })),
];
const messages = signals.map(({ signal }) => JSON.stringify(["signal", { ...place, signal }]));

describe("[W20] the parser", () => {
  test.each(signals)("reads and writes a signal from the field as Socket.IO does: $what", ({ signal }) => {
    const body = JSON.stringify(["signal", { ...place, signal }]);
    for (const head of ["2", "20", "217", "2123456789012345"]) isReadAndWrittenAsTheLibraryDoes(head + body);
    // An escape in a candidate, or a character that is no printable ASCII, goes the way of everything else.
    const isPlain =
      signal.kind === "candidate" ? /^[ -~]*$/.test(signal.candidate.candidate) : /^[ -~]*$/.test(body);
    expect(isReadAndWrittenAsTheLibraryDoes(`2${body}`)).toBe(isPlain);
  });

  test("reads whatever comes, and writes it, as Socket.IO does", () => {
    const tokens = [
      "2",
      "3",
      "0",
      "[",
      "]",
      ",",
      '"signal"',
      '"leave"',
      "{",
      "}",
      "12",
      " ",
      '["signal",',
      '{"a":1}',
      "/",
      "-",
      "\\",
      '"',
    ];
    const otherHeads = ["20", "2007", "3", "31", "2-", "2/a,", "0", "4", "", "2 ", "29999999999999999"];
    // Enough of them begin as a signal does that many are taken the short way, whatever is drawn.
    const head = fc.oneof(fc.constant("2"), fc.constantFrom(...otherHeads));
    const change = fc.record({
      at: fc.nat({ max: 300 }),
      remove: fc.nat({ max: 2 }),
      piece: fc.constantFrom("", ...tokens),
    });
    const message = fc.oneof(
      fc.array(fc.constantFrom(...tokens), { maxLength: 12 }).map((parts) => parts.join("")),
      fc
        .tuple(head, fc.constantFrom(...messages), fc.option(change, { nil: undefined }))
        .map(([start, body, one]) => {
          const text = start + body;
          return one ? text.slice(0, one.at) + one.piece + text.slice(one.at + one.remove) : text;
        }),
    );
    let short = 0;
    void fc.assert(
      fc.property(message, (text) => {
        if (isReadAndWrittenAsTheLibraryDoes(text)) short += 1;
      }),
      { numRuns: 5_000, examples: [["2"]] },
    );
    expect(short).toBeGreaterThan(200);
  });

  test("takes no signal first whose bytes are no text of theirs, and nothing that is no message", () => {
    const [message = ""] = messages;
    const bytes = Buffer.from(`42${message}`);
    expect(readSignalMessage(bytes)).toBeDefined();
    for (const begin of ["0", "1", "2", "3", "5", "6"])
      expect(readSignalMessage(Buffer.from(`${begin}2${message}`))).toBeUndefined();
    for (const text of ["", "4", "42", "42[", `42[]`, '42["signal",]', message])
      expect(readSignalMessage(Buffer.from(text))).toBeUndefined();
    for (const byte of [0x80, 0xa0, 0xe9, 0xff]) {
      const spoilt = Buffer.from(bytes);
      spoilt[spoilt.length - 40] = byte;
      expect(readSignalMessage(spoilt)).toBeUndefined();
    }
  });

  test("writes an event's text as Socket.IO does", () => {
    const [message = ""] = messages;
    const signal = readSignalText(message.slice('["signal",'.length, -1));
    const bodies = [signal, { ...signal, sequence: 2 }, {}, { error: "é €" }, { more: [1, null, "\u2028"] }];
    for (const body of bodies) {
      const event = { type: PacketType.EVENT, nsp: "/", data: ["signal", plain(body)] };
      expect([eventText("signal", body as SignalEnvelope)]).toEqual(new Encoder().encode(event));
    }
  });

  test("writes anew what is a copy, or no event with one signal", () => {
    const [message = ""] = messages;
    const signal = readSignalText(message.slice('["signal",'.length, -1));
    expect(signalTextOf(signal)).toBeDefined();
    const event = { type: PacketType.EVENT, nsp: "/" };
    const other = { ...signal, sequence: 2 };
    for (const data of [["signal", other], ["signals", signal], ["signal"], [signal], ["signal", null]])
      expect(new textParser.Encoder().encode({ ...event, data })).toEqual(
        new Encoder().encode({ ...event, data: plain(data) }),
      );
  });
});
