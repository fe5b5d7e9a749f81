import type { LobbySettings } from "../../src/domain/lobby/settings.ts";
import { bandOf } from "../../src/domain/lobby/standing/standings.ts";
import { type BotKind, bot, type Company, honest, mintOf } from "./people.ts";
import { openStage } from "./stage.ts";

/** A crowd of bots, and honest people among them. */
export interface Crowd {
  readonly bots: number;
  readonly botNetworks: number;
  readonly kinds: readonly BotKind[];
  /** Rooms after which a bot takes a new identity; drawn from these. */
  readonly keeps: readonly number[];
  /** One device for so many bots; one each where it is left out. */
  readonly botsPerDevice?: number;
  readonly honest: number;
  /** Networks of the honest; `shared`: those of the bots. */
  readonly honestNetworks: number | "shared";
  /** When the honest come, the bots being there from the beginning. */
  readonly comeAtMs: number;
  readonly withinMs: number;
  readonly settings?: Partial<LobbySettings>;
}

/** What came of one run. */
export interface Run {
  /** How long each honest person waited for the first honest partner; Infinity: in vain. */
  readonly waits: readonly number[];
  /** Honest people whose standing had fallen in the end. */
  readonly fallen: number;
}

export function playCrowd(crowd: Crowd, seed: number): Run {
  const stage = openStage(seed, crowd.settings);
  const { between } = stage;
  const pick = <T>(all: readonly T[]): T => all[Math.floor(between(0, all.length))] as T;
  const company: Company = {
    stage,
    rooms: new Map(),
    met(a, b) {
      for (const each of [a, b]) each.metAfterMs ??= stage.now() - each.startedAt;
    },
  };
  const nets = Array.from({ length: crowd.botNetworks }, (_, n) => ({
    name: `bots-${n}`,
    mint: mintOf(stage),
  }));
  // A mix of this run's own: all kinds, or one or two of them.
  const kinds = Array.from({ length: pick([1, 2, crowd.kinds.length]) }, () => pick(crowd.kinds));
  for (let n = 0; n < crowd.bots; n += 1) {
    const { name: network, mint } = nets[n % nets.length] ?? { name: "bots", mint: mintOf(stage) };
    const group = crowd.botsPerDevice && Math.floor(n / crowd.botsPerDevice);
    const one = bot(company, {
      kind: pick(kinds),
      network,
      mint,
      keeps: pick(crowd.keeps),
      ...(group === undefined ? {} : { device: () => `shared-device-${group}` }),
    });
    stage.after(between(0, 1_000), one.begin);
  }
  const people = Array.from({ length: crowd.honest }, (_, n) => {
    const network =
      crowd.honestNetworks === "shared"
        ? nets[n % Math.ceil(nets.length / 2)]?.name
        : `honest-${n % crowd.honestNetworks}`;
    const one = honest(company, stage.guise(network));
    stage.after(crowd.comeAtMs + between(0, 1_000), one.begin);
    return one;
  });
  stage.play(crowd.comeAtMs + 1_000 + crowd.withinMs + 1_000);
  const now = 1_000_000 + stage.now();
  return {
    waits: people.map(({ metAfterMs }) => metAfterMs ?? Number.POSITIVE_INFINITY),
    fallen: people.filter(
      ({ guise }) =>
        bandOf(stage.lobby.standings, { deviceKey: guise.device, networkKey: guise.network }, now) !==
        "neutral",
    ).length,
  };
}

/** What came of many runs. */
export interface Sum {
  /** Share of runs in which every honest person met an honest one in time. */
  readonly runs: number;
  /** Share of honest people who did. */
  readonly people: number;
  /** The wait that 95 % of the honest did not exceed, milliseconds. */
  readonly p95Ms: number;
  /** Honest people whose standing had fallen, per run. */
  readonly fallen: number;
}

export function playCrowds(crowd: Crowd, runs: number): Sum {
  const all = Array.from({ length: runs }, (_, seed) => playCrowd(crowd, seed + 1));
  const waits = all.flatMap((run) => run.waits).sort((a, b) => a - b);
  const inTime = (ms: number) => ms <= crowd.withinMs;
  return {
    runs: all.filter((run) => run.waits.every(inTime)).length / runs,
    people: waits.filter(inTime).length / waits.length,
    p95Ms: waits[Math.ceil(0.95 * waits.length) - 1] ?? 0,
    fallen: all.reduce((sum, run) => sum + run.fallen, 0) / runs,
  };
}
