import { setTimeout as pause } from "node:timers/promises";
import { type NewcomerFigures, newcomers } from "../healthy/newcomers.ts";
import { type PairFigures, relayingPair } from "../healthy/relaying-pair.ts";
import { warmUp } from "../healthy/warm-up.ts";
import { startBuilt } from "../server/built-server.ts";
import { figuresOf } from "../server/process-figures.ts";
import { ATTACKS, type Attack, type AttackName } from "./catalogue.ts";
import { type Attacker, type Done, startAttacker } from "./start-attacker.ts";

/** How often the server's memory is looked at. */
const LOOK_MS = 100;
/** What has not come so long after the attack does not come. */
const SETTLE_MS = 5_000;

export interface RunFigures {
  readonly pair: PairFigures;
  readonly newcomers: NewcomerFigures;
  readonly attacker: Done;
  readonly rssBeforeBytes: number;
  readonly rssMaxBytes: number;
  /** Of one core, 0–1 and above. */
  readonly cpuShare: number;
  /** Of the time, how long the server was ready to run but had no CPU. */
  readonly waitedShare: number;
  readonly alive: boolean;
}

interface ServerWatch {
  end(): Pick<RunFigures, "rssBeforeBytes" | "rssMaxBytes" | "cpuShare" | "waitedShare">;
}

function watch(pid: number): ServerWatch {
  const startedAt = performance.now();
  const before = figuresOf(pid);
  let last = before;
  let rssMaxBytes = 0;
  const look = () => {
    last = figuresOf(pid) ?? last;
    rssMaxBytes = Math.max(rssMaxBytes, last?.rssBytes ?? 0);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return {
    end() {
      clearInterval(timer);
      look();
      const tookMs = performance.now() - startedAt;
      return {
        rssBeforeBytes: before?.rssBytes ?? Number.NaN,
        rssMaxBytes,
        cpuShare: ((last?.cpuMs ?? 0) - (before?.cpuMs ?? 0)) / tookMs,
        waitedShare: ((last?.waitedMs ?? 0) - (before?.waitedMs ?? 0)) / tookMs,
      };
    },
  };
}

/** One attack of `attackMs` against a server of its own, beside people who only want to talk. */
export async function run(
  name: AttackName,
  { product, attackMs }: { readonly product: string; readonly attackMs: number },
): Promise<RunFigures> {
  const { lane, openLog }: Attack = ATTACKS[name];
  // Without a proxy: the attacker's address is another network than that of the healthy people.
  const server = await startBuilt({
    product,
    settings: { TRUST_PROXY: "0" },
    ...(openLog ? { openLog } : {}),
  });
  let attacker: Attacker | undefined;
  try {
    const starting = lane === "none" ? undefined : startAttacker(name, server.port);
    await warmUp(server);
    attacker = await starting;
    const pair = await relayingPair(server);
    const comers = await newcomers(server);
    const watching = watch(server.pid);
    pair.begin();
    comers.begin();
    attacker?.begin();
    await pause(attackMs);
    const seen = watching.end();
    const done = (await attacker?.end()) ?? { connections: 0, sent: 0 };
    attacker = undefined;
    const [pairFigures, newcomerFigures] = await Promise.all([pair.end(SETTLE_MS), comers.end()]);
    return {
      pair: pairFigures,
      newcomers: newcomerFigures,
      attacker: done,
      ...seen,
      alive: !server.hasEnded() && (await server.answers()),
    };
  } finally {
    await attacker?.end();
    await server.stop();
  }
}
