import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEFAULT_LOBBY_SETTINGS, type LobbySettings } from "../../src/domain/lobby/settings.ts";
import { memoryLobbyStore } from "../../src/store/memory-lobby-store.ts";
import { distantLobbyStore, seededRandom } from "../store/distant-lobby-store.ts";
import { ACTIONS } from "./actions.ts";
import { LOBBY_INVARIANTS } from "./invariants/index.ts";
import { createTally } from "./tally.ts";
import { type StoreMaker, World } from "./world.ts";

const runs = Number(process.env["FC_RUNS"] ?? 1_000);
const seed = process.env["FC_SEED"];
const path = process.env["FC_PATH"];

const { graces } = DEFAULT_LOBBY_SETTINGS;

/** Every setting is varied: a default is never the only value that a rule was tried with. */
const anySettings: fc.Arbitrary<LobbySettings> = fc.record({
  graces: fc.constantFrom(graces, {
    unload: { queuedMs: 0, inRoomMs: 5_000 },
    protocol: { queuedMs: 1_000, inRoomMs: 0 },
    dropped: { queuedMs: 10_000, inRoomMs: 4_000 },
    silent: { queuedMs: 2_000, inRoomMs: 0, cutInRoomMs: 20_000 },
    drain: { queuedMs: 0, inRoomMs: 60_000 },
  }),
  holdMs: fc.constantFrom(120_000, 5_000),
  readyMs: fc.constantFrom(10_000, 500),
  rematchMs: fc.constantFrom(600_000, 20_000, 0),
  // The configuration refuses a longer wait for the only two.
  rematchLiftMs: fc.constantFrom(15_000, 5_000),
  rematchLiftWhenTwoMs: fc.constantFrom(5_000, 0),
  matchSameDevice: fc.boolean(),
  takeoverLimit: fc.constantFrom(3, 1, 0),
  takeoverWindowMs: fc.constantFrom(60_000, 2_000),
  requestMemoryMs: fc.constantFrom(60_000, 1_000),
  requestMemoryCount: fc.constantFrom(32, 1),
  awayDebounceMs: fc.constantFrom(1_000, 0, 10_000),
  reviveMs: fc.constantFrom(15_000, 500),
  // At least as long as a ticket is taken.
  endedRoomMs: fc.constantFrom(180_000, 600_000),
  staleMs: fc.constantFrom(120_000, 31_000),
  sweepMs: fc.constantFrom(30_000, 500),
});

let started = 0;
const newKernel: StoreMaker = ({ clock, settings }) => {
  started += 1;
  return memoryLobbyStore({ clock, settings, instanceId: `run${started}` });
};

const KINDS: readonly { readonly name: string; readonly makeStore: StoreMaker }[] = [
  { name: "the memory store", makeStore: newKernel },
  {
    name: "a distant store",
    makeStore: (setup) => distantLobbyStore(newKernel(setup), seededRandom(started)),
  },
];

describe.each(KINDS)("whatever happens, in whatever order, to $name", ({ makeStore }) => {
  it(
    "[I1] [I2] [I3] [I4] [I5] [I6] [I7] [I8] [I9] [I10] [I11] [I12] [I13] [I14] [I17] [I18] [I19] [I20] [I22] [K5] [S10] [C10] [C28] [C35] [C37] every promise of the lobby holds",
    async () => {
      const tally = createTally();
      const invariants = [...LOBBY_INVARIANTS, tally.watch];
      const property = fc.asyncProperty(
        fc.constantFrom("many" as const, "few" as const),
        anySettings,
        fc.commands(ACTIONS, { maxCommands: 60, size: "max" }),
        async (attendance, settings, actions) => {
          const world = new World(makeStore, { settings, attendance, invariants });
          await fc.asyncModelRun(() => ({ model: world, real: world }), actions);
          await world.end();
        },
      );
      const result = await fc.check(property, {
        numRuns: runs,
        ...(seed === undefined ? {} : { seed: Number(seed) }),
        ...(path === undefined ? {} : { path }),
      });
      if (result.failed) {
        const again = `FC_SEED=${result.seed} FC_PATH=${result.counterexamplePath ?? ""}`;
        const report = fc.defaultReportMessage(result) ?? "";
        throw new Error(`${String(result.errorInstance)}\n${again}\n${report}`, {
          cause: result.errorInstance,
        });
      }
      if (process.env["FC_TALLY"]) console.info(tally.counts);
      // A short run, or the replay of a failure, need not meet everything.
      if (runs >= 200 && path === undefined) expect(tally.missing()).toEqual([]);
    },
    10 * 60_000,
  );
});
