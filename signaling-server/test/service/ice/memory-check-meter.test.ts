import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import { memoryCheckMeter } from "../../../src/service/ice/memory-check-meter.ts";

function setUp() {
  const clock = manualClock();
  const meter = memoryCheckMeter(clock);
  const takeAll = (kind: "network" | "device", group: string) => {
    let taken = 0;
    while (meter.take(kind, group) === 0) taken += 1;
    return taken;
  };
  return { clock, meter, takeAll };
}

test("[K24] a network has 20 accounts for checks at once and one more every 2 s, a device 10 and one every 10 s", () => {
  const { clock, meter, takeAll } = setUp();
  expect(takeAll("network", "a")).toBe(20);
  expect(takeAll("device", "b")).toBe(10);
  expect([meter.take("network", "a"), meter.take("device", "b")]).toEqual([2_000, 10_000]);
  clock.advance(1_999);
  expect(meter.take("network", "a")).toBe(1);
  clock.advance(1);
  expect(meter.take("network", "a")).toBe(0);
  expect(meter.take("network", "a")).toBe(2_000);
  clock.advance(8_000);
  expect(meter.take("device", "b")).toBe(0);
});

test("[K24] one network's tests take none from another one", () => {
  const { meter, takeAll } = setUp();
  takeAll("network", "a");
  expect(meter.take("network", "b")).toBe(0);
});

test("[K24] what is remembered ends by itself, and is bounded in number: the one that asked longest ago goes", () => {
  const { clock, meter, takeAll } = setUp();
  takeAll("device", "first");
  for (let n = 0; n < 20_000; n += 1) meter.take("device", `another-${n}`);
  expect(meter.size()).toBe(20_000);
  expect(meter.take("device", "another-19999")).toBe(0);
  expect(takeAll("device", "first")).toBe(10);
  clock.advance(100_000);
  meter.take("device", "one more");
  expect(meter.size()).toBe(1);
});
