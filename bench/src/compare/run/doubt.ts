import type { Measured } from "../metrics/measured.ts";

/** From so much of the time on in which the generator had work, it may be what was measured. */
const MOST_BUSY = 0.8;
/** So much of the time without a CPU, and somebody else was at it. */
const MOST_WAITED = 0.15;

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Why a cell says little about its server; undefined where nothing is in the way. */
export function doubtOf({ busy, waited }: Pick<Measured, "busy" | "waited">): string | undefined {
  if (busy >= MOST_BUSY) return `the load generator was busy for ${percent(busy)} of the time`;
  if (waited >= MOST_WAITED) return `others had the CPU for ${percent(waited)} of the time`;
  return undefined;
}
