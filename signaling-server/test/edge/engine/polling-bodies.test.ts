import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { boundBodies } from "../../../src/edge/engine/polling-bodies.ts";

test.each([
  ["", true],
  ["42[]", true],
  ["a\u001eb\u001ec", true],
  ["a\u001eb\u001ec\u001ed", false],
  ["\u001e\u001e\u001e", false],
])("[W10] of bodies with up to three packets %j is read: %s", (body, isRead) => {
  const read: string[] = [];
  let refused = 0;
  const transport = { onData: (text: string) => void read.push(text), onPacket: () => {} };
  boundBodies(transport, {
    packets: 3,
    onTooMany: () => {
      refused += 1;
    },
  });
  transport.onData(body);
  expect({ read, refused }).toEqual(isRead ? { read: [body], refused: 0 } : { read: [], refused: 1 });
});

test("[R6] [W9] a packet that is kept does not keep the body that it came in", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heapBytes = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const kept: unknown[] = [];
  const transport = {
    onData(body: string) {
      for (const data of body.split("\u001e").slice(1)) this.onPacket({ data });
    },
    onPacket: ({ data }: { readonly data?: unknown }) => void kept.push(data),
  };
  boundBodies(transport, { packets: 3, onTooMany: () => expect.fail("too many") });
  const before = heapBytes();
  const packets = Array.from({ length: 200 }, (_, n) => `42["signal",${"1".repeat(200 + n)}]`);
  for (const packet of packets)
    transport.onData(Buffer.from(`6${"x".repeat(65_000)}\u001e${packet}`).toString());
  expect(heapBytes() - before).toBeLessThan(2 * 1024 * 1024);
  expect(kept).toEqual(packets);
});
