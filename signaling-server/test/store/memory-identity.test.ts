import { manualClock } from "@serendip/time/testing";
import { expect, test } from "vitest";
import type { RevocationKey } from "../../src/ports/identity.ts";
import { memoryOnceOnly } from "../../src/store/memory-once-only.ts";
import { memoryRevocations } from "../../src/store/memory-revocations.ts";
import { memoryTokenLines } from "../../src/store/memory-token-lines.ts";

const first = (line: string) => ({ line, number: 0, tokenId: line });
const second = (line: string) => ({ line, number: 1, tokenId: `${line}-2` });

test("[S14] lines are bounded in number: the one that was used least lately is forgotten", async () => {
  const clock = manualClock();
  const lines = memoryTokenLines({ clock, successionMs: 60_000, memoryMs: 100_000, limit: 3 });
  for (const line of ["a", "b", "c"]) await lines.show(second(line));
  await lines.show(second("a"));
  await lines.show(second("d"));
  expect(lines.size()).toBe(3);
  expect(await lines.show(first("a"))).toBe(false);
  expect(await lines.show(first("b"))).toBe(true);
});

test("[S14] lines are bounded in time: none outlives the tokens that it could use up", async () => {
  const clock = manualClock();
  const lines = memoryTokenLines({ clock, successionMs: 60_000, memoryMs: 100_000 });
  for (let n = 0; n < 1_000; n += 1) await lines.show(second(`line-${n}`));
  expect(lines.size()).toBe(1_000);
  clock.advance(100_000);
  await lines.show(second("another"));
  expect(lines.size()).toBe(1);
});

test("[S17] a nonce is used once, and the memory of nonces is bounded in number and time", async () => {
  const clock = manualClock();
  const once = memoryOnceOnly({ clock, lifetimeMs: 1_000, limit: 2 });
  expect([await once.use("a"), await once.use("a"), await once.use("b"), await once.use("c")]).toEqual([
    "new",
    "used",
    "new",
    "full",
  ]);
  clock.advance(999);
  expect(await once.use("a")).toBe("used");
  clock.advance(1);
  expect(await once.use("c")).toBe("new");
});

const ANN = {
  userId: "0b8e3c60-6a35-4c36-9d9c-0a86c1bd6d22",
  deviceGroup: "6b1d7c2e-12f4-4d5b-8a37-0c6a9b8f3e11",
};
const KEY: RevocationKey = { kind: "userId", id: ANN.userId };

test("[S16] a revocation holds for its time, counts for the person or the device, and can be undone", async () => {
  const clock = manualClock();
  const revocations = memoryRevocations(clock);
  const heard: RevocationKey[] = [];
  revocations.follow((key) => heard.push(key));
  await revocations.add(KEY, 1_000);
  expect(await revocations.has(ANN)).toBe(true);
  expect(await revocations.has({ ...ANN, userId: ANN.deviceGroup })).toBe(false);
  clock.advance(999);
  expect(await revocations.list()).toEqual([{ ...KEY, endsInMs: 1 }]);
  clock.advance(1);
  expect([await revocations.has(ANN), await revocations.list()]).toEqual([false, []]);
  await revocations.add({ kind: "deviceGroup", id: ANN.deviceGroup.toUpperCase() }, 1_000);
  expect(await revocations.has({ ...ANN, userId: ANN.deviceGroup })).toBe(true);
  expect(await revocations.has({ userId: ANN.userId, deviceGroup: undefined })).toBe(false);
  expect(await revocations.remove({ kind: "deviceGroup", id: ANN.deviceGroup })).toBe(true);
  expect(await revocations.remove({ kind: "deviceGroup", id: ANN.deviceGroup })).toBe(false);
  expect(await revocations.has(ANN)).toBe(false);
  expect(heard).toHaveLength(2);
});

test("[S16] revocations are bounded in number; one that has ended makes room", async () => {
  const clock = manualClock();
  const revocations = memoryRevocations(clock, 2);
  const key = (id: string): RevocationKey => ({ kind: "userId", id });
  expect(await revocations.add(key("a"), 1_000)).toBe(true);
  expect(await revocations.add(key("b"), 2_000)).toBe(true);
  expect(await revocations.add(key("c"), 1_000)).toBe(false);
  expect(await revocations.add(key("a"), 1_000)).toBe(true);
  clock.advance(1_000);
  expect(await revocations.add(key("c"), 1_000)).toBe(true);
});
