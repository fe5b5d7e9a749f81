import { beforeAll, describe, expect, it } from "vitest";
import { memoryLobbyStore } from "../../src/store/memory-lobby-store.ts";
import { distantLobbyStore, seededRandom } from "../store/distant-lobby-store.ts";
import { playHistories, type StoreKind, type Verdict } from "./histories.ts";
import { LOBBY_INVARIANTS } from "./invariants/index.ts";

const kernels: StoreKind = () => {
  let started = 0;
  return ({ clock, settings }) => {
    started += 1;
    return memoryLobbyStore({ clock, settings, instanceId: `run${started}` });
  };
};

const distant: StoreKind = (seed) => {
  const random = seededRandom(seed);
  const newKernel = kernels(seed);
  return (setup) => distantLobbyStore(newKernel(setup), random);
};

describe.each([
  ["the memory store", kernels],
  ["a distant store", distant],
])("whatever happens, in whatever order, to %s", (_name, storesOf) => {
  let verdict: Verdict;
  beforeAll(async () => {
    verdict = await playHistories(storesOf);
  }, 10 * 60_000);

  it("every history goes on to its end, and everything worth seeing has happened in one", () => {
    if (verdict.failure) throw verdict.failure;
    expect(verdict.missing ?? []).toEqual([]);
  });

  for (const invariant of LOBBY_INVARIANTS)
    it(invariant.title, () => {
      const counterexample = verdict.broken.get(invariant);
      if (counterexample) throw counterexample;
      // A promise that nothing was ever measured by would be kept by anything.
      if (verdict.missing) expect(verdict.judged.get(invariant) ?? 0).toBeGreaterThan(0);
    });
});
