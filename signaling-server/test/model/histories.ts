import fc from "fast-check";
import { DEFAULT_FLOOD_RULES } from "../../src/domain/flood.ts";
import { DEFAULT_LOBBY_SETTINGS, type LobbySettings } from "../../src/domain/lobby/settings.ts";
import { ACTIONS } from "./actions.ts";
import { createFindings, type Findings, watchFor } from "./findings.ts";
import type { Invariant, Watch } from "./invariant.ts";
import { LOBBY_INVARIANTS } from "./invariants/index.ts";
import { createTally } from "./tally.ts";
import { type Attendance, type StoreMaker, World } from "./world.ts";

const { FC_RUNS, FC_SEED, FC_PATH, FC_REPLAY, FC_TALLY } = process.env;
const RUNS = Number(FC_RUNS ?? 1_000);
/** A short run, or the replay of a failure, need not meet everything. */
const IS_WHOLE = RUNS >= 200 && FC_PATH === undefined;

/** Makes the stores of one history; what they leave to chance depends on nothing but `seed`. */
export type StoreKind = (seed: number) => StoreMaker;

const { graces, standing } = DEFAULT_LOBBY_SETTINGS;

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
  readyWithMediaMs: fc.constantFrom(4_000, 500, 10_000),
  rematchMs: fc.constantFrom(600_000, 20_000, 0),
  // The configuration refuses a longer wait for the only two.
  rematchLiftMs: fc.constantFrom(15_000, 5_000),
  rematchLiftWhenTwoMs: fc.constantFrom(5_000, 0),
  matchSameDevice: fc.boolean(),
  takeoverLimit: fc.constantFrom(3, 1, 0),
  takeoverWindowMs: fc.constantFrom(60_000, 2_000),
  requestMemoryMs: fc.constantFrom(60_000, 1_000),
  requestMemoryCount: fc.constantFrom(32, 1),
  flood: fc.constantFrom(DEFAULT_FLOOD_RULES, {
    ...DEFAULT_FLOOD_RULES,
    generations: { burst: 2, perSecond: 0.1 },
    refusals: { burst: 1, perSecond: 0.1 },
  }),
  // Quick to fall and quick to be back, so that short histories see all of it.
  standing: fc.record({
    keepMs: fc.constantFrom(8_000, 2_000, 0),
    shortCallMs: fc.constantFrom(3_000, 1_000),
    goodCallMs: fc.constantFrom(5_000, 3_000),
    provenMs: fc.constantFrom(1_800_000, 20_000),
    earlyDropMs: fc.constantFrom(30_000, 1_000),
    failuresInRow: fc.constantFrom(3, 1),
    device: fc.constantFrom(standing.device, { limit: 1, most: 2, fadeMs: 10_000 }),
    network: fc.constantFrom(standing.network, { limit: 2, most: 3, fadeMs: 5_000 }),
    charges: fc.constant(standing.charges),
    goodCall: fc.constant(standing.goodCall),
    devicesKept: fc.constantFrom(50_000, 2),
    networksKept: fc.constantFrom(20_000, 1),
  }),
  // Where something has been forgotten early, no invariant about it can hold.
  mostMemories: fc.constant(DEFAULT_LOBBY_SETTINGS.mostMemories),
  awayDebounceMs: fc.constantFrom(1_000, 0, 10_000),
  reviveMs: fc.constantFrom(15_000, 500),
  // At least as long as a ticket is taken.
  endedRoomMs: fc.constantFrom(180_000, 600_000),
  staleMs: fc.constantFrom(120_000, 31_000),
  sweepMs: fc.constantFrom(30_000, 500),
});

const anyHistory = fc.tuple(
  fc.record({
    seed: fc.noShrink(fc.nat()),
    attendance: fc.constantFrom<Attendance[]>("many", "few"),
    settings: anySettings,
  }),
  fc.commands(ACTIONS, {
    maxCommands: 60,
    size: "max",
    ...(FC_REPLAY === undefined ? {} : { replayPath: FC_REPLAY }),
  }),
);

/** What came of all histories. */
export interface Verdict extends Pick<Findings, "judged"> {
  /** Why the histories ended early: something threw, or one of them did not go on. */
  readonly failure: Error | undefined;
  /** Promises that were broken, each with its smallest counterexample. */
  readonly broken: ReadonlyMap<Invariant, Error>;
  /** What should have happened and never did; undefined where that says nothing. */
  readonly missing: readonly string[] | undefined;
}

/** Plays `FC_RUNS` histories once, with all promises watched. What fails says how to play it again: `FC_SEED=… FC_PATH=… FC_REPLAY=…`. */
export async function playHistories(storesOf: StoreKind): Promise<Verdict> {
  const tally = createTally();
  const findings = createFindings(LOBBY_INVARIANTS, tally.watch);
  const { failure, seed } = await play(storesOf, findings.watch);
  const broken = new Map<Invariant, Error>();
  for (const [invariant, first] of findings.broken) {
    // The smallest history that breaks this promise, whatever else it breaks.
    const { failure: smallest } = await play(storesOf, () => watchFor(invariant), seed);
    broken.set(invariant, smallest ?? first);
  }
  if (FC_TALLY)
    console.info(
      tally.counts,
      [...findings.judged].map(([{ title }, times]) => [title, times]),
    );
  return { failure, broken, judged: findings.judged, missing: IS_WHOLE ? tally.missing() : undefined };
}

async function play(
  storesOf: StoreKind,
  watch: () => Watch,
  seed = FC_SEED === undefined ? undefined : Number(FC_SEED),
): Promise<{ readonly failure: Error | undefined; readonly seed: number }> {
  const property = fc.asyncProperty(anyHistory, async ([{ seed: storeSeed, ...given }, actions]) => {
    const world = new World(storesOf(storeSeed), { ...given, watch: watch() });
    await fc.asyncModelRun(() => ({ model: world, real: world }), actions);
    await world.end();
  });
  const result = await fc.check(property, {
    numRuns: RUNS,
    ...(seed === undefined ? {} : { seed }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
  });
  if (!result.failed) return { failure: undefined, seed: result.seed };
  const replay = /replayPath="([^"]*)"/.exec(String(result.counterexample?.[0][1]))?.[1] ?? "";
  const again = `FC_SEED=${result.seed} FC_PATH=${result.counterexamplePath ?? ""} FC_REPLAY='${replay}'`;
  const report = fc.defaultReportMessage(result) ?? "";
  const failure = new Error(`${String(result.errorInstance)}\n${again}\n${report}`, {
    cause: result.errorInstance,
  });
  return { failure, seed: result.seed };
}
