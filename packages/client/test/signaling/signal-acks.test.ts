import { errorBody, type SignalEnvelope, TIMES } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, it } from "vitest";
import { createSignalAcks } from "../../src/signaling/signal-acks.ts";
import { RequestLost } from "../../src/signaling/signaling-socket.port.ts";

const GONE = { roomId: "room-1", generation: 1 };
const HERE = { roomId: "room-1", generation: 2 };

function bench() {
  const clock = manualClock();
  const sent: SignalEnvelope[] = [];
  const acks = createSignalAcks(clock, { sendSignal: (envelope) => sent.push(envelope) });
  const ends: string[] = [];
  const send = (sequence: number, negotiation = HERE) => {
    const name = `${negotiation.generation}-${sequence}`;
    acks.send({ ...negotiation, sequence, signal: { kind: "restart" } }).then(
      (reply) => ends.push(`${name} ${reply.ok ? "taken" : reply.error.code}`),
      (error) => ends.push(`${name} ${error instanceof RequestLost ? "lost" : String(error)}`),
    );
  };
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let round = 0; round < 5; round += 1) await Promise.resolve();
  };
  return { ...acks, clock, sent, ends, send, pass };
}

it("[R20] sends each at once, and settles all up to the number that is named, in that negotiation alone", async () => {
  const { acked, send, pass, ends, sent, clock } = bench();
  send(1, GONE);
  for (const sequence of [1, 2, 3]) send(sequence);
  expect(sent).toHaveLength(4);
  acked({ ...HERE, upTo: 2 });
  await pass(0);
  expect(ends).toEqual(["2-1 taken", "2-2 taken"]);
  acked({ ...HERE, roomId: "room-2", upTo: 9 });
  acked({ ...HERE, upTo: 2 });
  acked({ ...HERE, upTo: 1 });
  await pass(0);
  expect(ends).toHaveLength(2);
  acked({ ...GONE, upTo: 1 });
  acked({ ...HERE, upTo: 4 });
  await pass(0);
  expect(ends.slice(2)).toEqual(["1-1 taken", "2-3 taken"]);
  expect(clock.pending()).toBe(0);
});

it("[R20] a refusal is of one signal: of one that was sent twice the earlier", async () => {
  const { acked, refused, send, pass, ends, clock } = bench();
  for (const sequence of [1, 2, 2]) send(sequence);
  refused({ ...HERE, sequence: 2, error: errorBody("rate_limited", undefined, 5) });
  refused({ ...HERE, sequence: 3, error: errorBody("too_large") });
  refused({ ...GONE, sequence: 1, error: errorBody("too_large") });
  await pass(0);
  expect(ends).toEqual(["2-2 rate_limited"]);
  acked({ ...HERE, upTo: 2 });
  await pass(0);
  expect(ends).toEqual(["2-2 rate_limited", "2-1 taken", "2-2 taken"]);
  expect(clock.pending()).toBe(0);
});

it("[R20] counts the connection as dead when the oldest has waited as long as any request may, by one timer", async () => {
  const { acked, send, pass, ends, clock } = bench();
  send(1);
  await pass(2_000);
  for (const sequence of [2, 3]) send(sequence);
  expect(clock.pending()).toBe(1);
  acked({ ...HERE, upTo: 1 });
  await pass(TIMES.replyMs + TIMES.ackMs - 1);
  expect([ends, clock.pending()]).toEqual([["2-1 taken"], 1]);
  await pass(1);
  expect([ends, clock.pending()]).toEqual([["2-1 taken", "2-2 lost", "2-3 lost"], 0]);
  acked({ ...HERE, upTo: 3 });
});

it("[R20] what waits is lost with its connection, and no timer stays", async () => {
  const { lose, send, pass, ends, clock } = bench();
  send(1);
  lose();
  await pass(0);
  expect([ends, clock.pending()]).toEqual([["2-1 lost"], 0]);
});
