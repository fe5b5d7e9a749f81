import type { Contestant } from "../contestants/contestant.ts";
import type { ServerProcess } from "../contestants/server-process.ts";

/** What one cell has found: numbers by the names of the figures, milliseconds, bytes, shares and counts. */
export interface Measured {
  readonly figures: Readonly<Record<string, number>>;
  /** Points of a line in a plot, by the line's name. */
  readonly curves?: Readonly<Record<string, readonly number[]>>;
  /** The largest share of a measured time in which the load generator had work; it must not be what is measured. */
  readonly busy: number;
  /** The largest share of a measured time in which server or load could have run but had no CPU. */
  readonly waited: number;
  /** What the server has refused, by what it was; of a good run there is none. */
  readonly complaints?: Readonly<Record<string, number>>;
}

/** What a metric has at hand. */
export interface Bench {
  readonly contestant: Contestant;
  /** Starts a fresh server; what is still running at the end is stopped. */
  start(options?: { readonly port?: number; readonly withMemory?: boolean }): Promise<ServerProcess>;
}

export type Measure<Size> = (bench: Bench, size: Size) => Promise<Measured>;
