import type { Contestant } from "../contestants/contestant.ts";
import type { Measured } from "../metrics/measured.ts";
import type { AnySize } from "../metrics/sizes.ts";

/** What the process of a cell is told to do. */
export interface Task {
  readonly work: AnySize;
  readonly contestant: Contestant;
  readonly serverCpu: number | undefined;
  /** File for what the servers write. */
  readonly log: string;
}

/** What it says: each server that it starts, so that none is left where it is killed, and at last the outcome. */
export type Report =
  | { readonly kind: "server"; readonly pid: number }
  | { readonly kind: "measured"; readonly measured: Measured }
  | { readonly kind: "failed"; readonly fault: string };
