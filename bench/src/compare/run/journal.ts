import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Measured } from "../metrics/measured.ts";
import type { Machine } from "./machine.ts";
import type { Cell } from "./plan.ts";

/** What has to be the same for two parts of one run: nothing else may be compared with each other. */
export interface Identity {
  readonly scope: string;
  readonly repetitions: number;
  readonly metrics: readonly string[];
  /** Of what is measured. */
  readonly commit: string;
  /** Of an earlier state beside it. */
  readonly against: string | undefined;
  readonly node: string;
}

export interface Begun {
  readonly kind: "run";
  readonly identity: Identity;
  readonly at: string;
  readonly machine: Machine;
}

/** How quiet the machine was meanwhile. */
export interface Surroundings {
  /** Of the minute before. */
  readonly loadAverage: number;
  /** Share of the machine's time that its host took away. */
  readonly stolen: number;
  readonly seconds: number;
}

export interface CellDone {
  readonly kind: "cell";
  readonly cell: Cell;
  /** From 1: one that was disturbed, or whose load generator was the limit, is measured once more. */
  readonly attempt: number;
  readonly surroundings: Surroundings;
  readonly outcome:
    | { readonly ok: true; readonly measured: Measured; readonly doubt: string | undefined }
    | { readonly ok: false; readonly fault: string };
}

export type Line = Begun | CellDone;

const keyOf = ({ metric, contestant, repetition }: Cell): string => `${metric} ${contestant} ${repetition}`;

/** Lines of a journal; one that was cut off in the middle, because the machine stopped, is left out. */
export function readLines(text: string): readonly Line[] {
  return text.split("\n").flatMap((line): Line[] => {
    if (line === "") return [];
    try {
      // Not a number is null in JSON.
      return [JSON.parse(line, (_key, value: unknown) => (value === null ? Number.NaN : value)) as Line];
    } catch {
      return [];
    }
  });
}

/** What counts of each cell: the last attempt that measured something, else the last one. */
export function cellsDone(lines: readonly Line[]): readonly CellDone[] {
  const byKey = new Map<string, CellDone>();
  for (const line of lines) {
    if (line.kind !== "cell") continue;
    const key = keyOf(line.cell);
    if (line.outcome.ok || !byKey.get(key)?.outcome.ok) byKey.set(key, line);
  }
  return [...byKey.values()];
}

/** Cells that are still to be measured: those that failed are tried again. */
export function cellsLeft(plan: readonly Cell[], lines: readonly Line[]): readonly Cell[] {
  const good = new Set(cellsDone(lines).flatMap(({ cell, outcome }) => (outcome.ok ? [keyOf(cell)] : [])));
  return plan.filter((cell) => !good.has(keyOf(cell)));
}

export const isSame = (one: Identity, other: Identity): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

export interface Journal {
  readonly path: string;
  lines(): readonly Line[];
  add(line: Line): void;
}

export function openJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true });
  return {
    path,
    lines: () => (existsSync(path) ? readLines(readFileSync(path, "utf8")) : []),
    add: (line) => appendFileSync(path, `${JSON.stringify(line)}\n`),
  };
}

/** The newest journal of the same run that has cells left; undefined where there is none. */
export function findUnfinished(
  folder: string,
  identity: Identity,
  plan: readonly Cell[],
): Journal | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
  for (const file of files.toSorted().reverse()) {
    const journal = openJournal(join(folder, file));
    const lines = journal.lines();
    const [first] = lines;
    if (first?.kind === "run" && isSame(first.identity, identity) && cellsLeft(plan, lines).length > 0)
      return journal;
  }
  return undefined;
}
