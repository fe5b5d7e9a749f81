import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryLobbyStore } from "../../src/store/memory-lobby-store.ts";
import { ACTIONS } from "./actions.ts";
import { LOBBY_INVARIANTS } from "./invariants/index.ts";
import { createTally } from "./tally.ts";
import { type StoreMaker, World } from "./world.ts";

const runs = Number(process.env["FC_RUNS"] ?? 500);
const seed = process.env["FC_SEED"];
const path = process.env["FC_PATH"];

let started = 0;
const memoryStore: StoreMaker = ({ clock, settings }) => {
  started += 1;
  return memoryLobbyStore({ clock, settings, instanceId: `run${started}` });
};

describe("whatever happens, in whatever order", () => {
  it(
    "[I1] [I2] [I3] [I4] [I5] [I6] [I7] [I8] [I9] [I10] [I11] [I12] [I13] [I14] [I17] [I18] [I19] [I20] [I22] [K5] [C10] [C28] [C35] [C37] every promise of the lobby holds",
    async () => {
      const tally = createTally();
      const invariants = [...LOBBY_INVARIANTS, tally.watch];
      const property = fc.asyncProperty(
        fc.constantFrom("many" as const, "few" as const),
        fc.record({
          matchSameDevice: fc.boolean(),
          rematchMs: fc.constantFrom(600_000, 20_000),
          takeoverLimit: fc.constantFrom(3, 1),
        }),
        fc.commands(ACTIONS, { maxCommands: 60, size: "max" }),
        async (attendance, settings, actions) => {
          const world = new World(memoryStore, { settings, attendance, invariants });
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
