import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BARE,
  BARE_WITH_PINGS,
  type Contestant,
  earlierIn,
  FLOOR,
  oursIn,
} from "../contestants/contestant.ts";
import type { AnySize, MetricName } from "../metrics/sizes.ts";
import { SIZES } from "../metrics/sizes.ts";
import { checkOut, commitOf, resolveRef } from "./checkout.ts";
import { doubtOf } from "./doubt.ts";
import { cellsLeft, findUnfinished, type Identity, type Journal, openJournal } from "./journal.ts";
import { choosePinning, describeMachine, type Pinning, watchSurroundings } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { type Cell, planCells } from "./plan.ts";
import { runCell } from "./run-cell.ts";

/** A cell that is in doubt is measured once more. */
const ATTEMPTS = 2;

export interface BenchRun {
  readonly journal: Journal;
  readonly contestants: readonly Contestant[];
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function workOf(scope: BenchOptions["scope"], metric: MetricName): AnySize {
  const size = SIZES[scope][metric] ?? SIZES.full[metric];
  return { metric, size } as AnySize;
}

async function measureCell(
  cell: Cell,
  how: {
    readonly scope: BenchOptions["scope"];
    readonly contestant: Contestant;
    readonly pinning: Pinning;
    readonly journal: Journal;
  },
): Promise<void> {
  const { scope, contestant, pinning, journal } = how;
  const log = journal.path.replace(/\.jsonl$/, ".log");
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const look = watchSurroundings();
    const task = { work: workOf(scope, cell.metric), contestant, serverCpu: pinning?.server, log };
    const told = await runCell(task, pinning?.load);
    const surroundings = look();
    const doubt = told.kind === "measured" && scope !== "smoke" ? doubtOf(told.measured) : undefined;
    const outcome =
      told.kind === "measured"
        ? ({ ok: true, measured: told.measured, doubt } as const)
        : ({ ok: false, fault: told.fault } as const);
    journal.add({ kind: "cell", cell, attempt, surroundings, outcome });
    const word = outcome.ok ? (doubt ?? "ok") : `failed: ${outcome.fault.split("\n", 1)[0]}`;
    say(`${cell.metric} ${cell.repetition} ${contestant.label}: ${word} (${surroundings.seconds} s)`);
    if (outcome.ok && doubt === undefined) return;
  }
}

function identityOf(root: string, options: BenchOptions, against: string | undefined): Identity {
  const { scope, repetitions, metrics } = options;
  return { scope, repetitions, metrics, commit: commitOf(root), against, node: process.version };
}

/** Measures what is left of the run that was asked for. */
export async function runBench(root: string, options: BenchOptions): Promise<BenchRun> {
  const against = options.against === undefined ? undefined : resolveRef(root, options.against);
  const identity = identityOf(root, options, against);
  const results = join(root, "bench/results");
  mkdirSync(results, { recursive: true });
  const pinning = choosePinning();
  if (!pinning)
    say(
      "Server and load are not bound to CPUs of their own here (Linux, taskset and two CPUs needed): ratios are rough.",
    );

  const names = ["serendip", ...(against ? ["before"] : []), BARE.name, BARE_WITH_PINGS.name, FLOOR.name];
  const plan = planCells({ metrics: options.metrics, contestants: names, repetitions: options.repetitions });
  const earlier = options.isFresh ? undefined : findUnfinished(results, identity, plan);
  const stamp = new Date().toISOString().replace(/[:.]/g, "").replace("T", "-").slice(0, 17);
  const journal = earlier ?? openJournal(join(results, `${stamp}-${options.scope}.jsonl`));
  if (!earlier)
    journal.add({ kind: "run", identity, at: new Date().toISOString(), machine: describeMachine(pinning) });
  const left = cellsLeft(plan, journal.lines());
  if (earlier)
    say(
      `Goes on with ${journal.path}: ${left.length} of ${plan.length} cells are left (--fresh begins anew).`,
    );

  const checkout = against !== undefined && left.length > 0 ? checkOut(root, against) : undefined;
  try {
    const contestants: readonly Contestant[] = [
      oursIn(root),
      ...(against === undefined ? [] : [earlierIn(checkout?.folder ?? "", options.against ?? against)]),
      BARE,
      BARE_WITH_PINGS,
      FLOOR,
    ];
    for (const cell of left) {
      const contestant = contestants.find(({ name }) => name === cell.contestant);
      if (contestant) await measureCell(cell, { scope: options.scope, contestant, pinning, journal });
    }
    return { journal, contestants };
  } finally {
    checkout?.remove();
  }
}

/** Writes the files beside the journal. */
export function writeBeside({ path }: Journal, files: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(files).map(([ending, text]) => {
    const file = path.replace(/jsonl$/, ending);
    writeFileSync(file, text);
    return file;
  });
}
