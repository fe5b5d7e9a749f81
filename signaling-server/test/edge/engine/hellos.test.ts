import { TIMES } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { createHellos, type Greeter } from "../../../src/edge/engine/hellos.ts";

const LIMIT = 1_000;

function setUp() {
  const clock = manualClock();
  const hellos = createHellos(clock);
  const late: string[] = [];
  const come = (name: string, greeter: Partial<Greeter> = {}) => {
    const watch = hellos.watch({
      transport: "polling",
      tcp: {},
      onLate: () => {
        late.push(name);
        watch.end();
      },
      ...greeter,
    });
    return watch;
  };
  return { clock, come, late };
}

test("[W12] who says no hello in time is late", () => {
  const { clock, come, late } = setUp();
  come("silent");
  clock.advance(TIMES.helloMs - 1);
  expect(late).toEqual([]);
  clock.advance(1);
  expect(late).toEqual(["silent"]);
});

test("[W12] a hello that is being checked is not late, and a refused one leaves as much time again", () => {
  const { clock, come, late } = setUp();
  const watch = come("checked");
  expect(watch.come()).toBe(true);
  clock.advance(3 * TIMES.helloMs);
  expect(late).toEqual([]);
  watch.answered("refused");
  clock.advance(TIMES.helloMs - 1);
  expect(late).toEqual([]);
  clock.advance(1);
  expect(late).toEqual(["checked"]);
});

test("[W13] five hellos in all, one at a time, and none after an accepted one", () => {
  const { come } = setUp();
  const refused = come("refused");
  for (let n = 0; n < 5; n += 1) {
    expect(refused.come()).toBe(true);
    expect(refused.come()).toBe(false);
    refused.answered("refused");
  }
  expect(refused.come()).toBe(false);
  const accepted = come("accepted");
  expect(accepted.come()).toBe(true);
  accepted.answered("accepted");
  expect(accepted.come()).toBe(false);
});

test("[W12] of more without a hello than there may be, the oldest goes of the TCP connection that carries most", () => {
  const { come, late } = setUp();
  come("newcomer behind a slow network");
  const shared = { tcp: {} };
  for (let n = 1; n < LIMIT; n += 1) come(`opener ${n}`, shared);
  expect(late).toEqual([]);
  come("another newcomer");
  come("opener again", shared);
  expect(late).toEqual(["opener 1", "opener 2"]);
});

test("[W12] however many open by polling, nobody is closed who comes by WebSocket", () => {
  const { come, late } = setUp();
  come("page", { transport: "websocket" });
  for (let n = 0; n < 3 * LIMIT; n += 1) come("opener");
  expect(late).toHaveLength(2 * LIMIT);
  expect(late).not.toContain("page");
});

test("[W12] who has said hello, or is gone, counts no more", () => {
  const { come, late } = setUp();
  for (let n = 0; n < 3 * LIMIT; n += 1) {
    const watch = come("page");
    watch.come();
    if (n % 2 === 0) watch.answered("accepted");
    else watch.end();
  }
  expect(late).toEqual([]);
});
