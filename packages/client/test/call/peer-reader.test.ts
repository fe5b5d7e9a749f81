import { manualClock } from "@serendip/time/testing";
import { expect, it } from "vitest";
import { type CallState, initialCall } from "../../src/call/call-state.machine.ts";
import { createPeerReader } from "../../src/call/peer-reader.ts";
import type { PeerReading } from "../../src/peer/peer-link.port.ts";
import { NOTHING_READ } from "../../src/testing/index.ts";

/** A reader of a running call whose readings the test lets come. */
function readerOfACall() {
  const clock = manualClock(0);
  const asked: ((reading: PeerReading) => void)[] = [];
  const told: (number | undefined)[] = [];
  const reader = createPeerReader({
    clock,
    read: () => new Promise((resolve) => asked.push(resolve)),
    onReading: (reading) => told.push(reading?.bytesReceived),
  });
  const connecting: CallState = {
    ...initialCall("seed"),
    at: {
      phase: "connecting",
      since: 0,
      until: 15_000,
      requestId: "r",
      room: { roomId: "room", generation: 1, role: "initiator" },
      peer: "open",
    },
  };
  reader.look(connecting);
  told.length = 0;
  const answer = async (index: number) => {
    asked[index]?.({ ...NOTHING_READ, bytesReceived: index });
    await Promise.resolve();
    await Promise.resolve();
  };
  return { clock, reader, asked, told, answer, end: () => reader.look(initialCall("seed")) };
}

it("reads 250 ms after the end of the reading before, one at a time", async () => {
  const { clock, asked, told, answer, end } = readerOfACall();
  clock.advance(250);
  clock.advance(5_000);
  expect(asked).toHaveLength(1);
  await answer(0);
  clock.advance(250);
  expect(asked).toHaveLength(2);
  end();
  await answer(1);
  expect(told).toEqual([0, undefined]);
  expect(clock.pending()).toBe(0);
});

it("reads at once when asked to, in place of what is under way or was to come, and goes on from there", async () => {
  const { clock, reader, asked, told, answer, end } = readerOfACall();
  reader.readNow();
  expect([asked.length, clock.pending()]).toEqual([1, 0]);
  reader.readNow();
  await answer(0);
  expect(told).toEqual([]);
  await answer(1);
  expect(told).toEqual([1]);
  clock.advance(249);
  expect(asked).toHaveLength(2);
  clock.advance(1);
  expect(asked).toHaveLength(3);
  end();
  expect(clock.pending()).toBe(0);
  reader.readNow();
  expect(asked).toHaveLength(3);
});
