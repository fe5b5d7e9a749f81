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
  const transport = { onData: (text: string) => void read.push(text) };
  boundBodies(transport, {
    packets: 3,
    onTooMany: () => {
      refused += 1;
    },
  });
  transport.onData(body);
  expect({ read, refused }).toEqual(isRead ? { read: [body], refused: 0 } : { read: [], refused: 1 });
});
