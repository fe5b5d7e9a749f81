/** A copy in order, without what is no number. */
export function sorted(samples: Iterable<number>): Float64Array {
  return Float64Array.from([...samples].filter((value) => !Number.isNaN(value))).sort();
}

/** The value that `share` (0–1) of the samples do not exceed, by nearest rank; NaN of none. */
export function quantile(samples: Iterable<number>, share: number): number {
  return quantileOfSorted(sorted(samples), share);
}

export function quantileOfSorted(ordered: ArrayLike<number>, share: number): number {
  const rank = Math.min(ordered.length, Math.max(1, Math.ceil(share * ordered.length)));
  return ordered[rank - 1] ?? Number.NaN;
}

/** The middle value, or the mean of the middle two: repetitions are few. NaN of none. */
export function median(values: Iterable<number>): number {
  const ordered = sorted(values);
  const middle = ordered.length >> 1;
  if (ordered.length % 2 === 1) return ordered[middle] ?? Number.NaN;
  return ((ordered[middle - 1] ?? Number.NaN) + (ordered[middle] ?? Number.NaN)) / 2;
}

/** Values of the same figure in several repetitions. */
export interface Spread {
  readonly values: readonly number[];
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: Iterable<number>): Spread {
  const ordered = sorted(values);
  return {
    values: [...ordered],
    median: median(ordered),
    least: ordered[0] ?? Number.NaN,
    most: ordered.at(-1) ?? Number.NaN,
  };
}

/** Values of one figure by the number of the repetition. */
export type ByRepetition = ReadonlyMap<number, number>;

/**
 * Ratios of what was measured side by side, each formed inside one repetition: a slow minute of the machine is in both halves of a
 * fraction. Where one half is missing there is none.
 */
export function pairedRatios(subject: ByRepetition, base: ByRepetition): Spread {
  const ratios: number[] = [];
  for (const [repetition, value] of subject) {
    const other = base.get(repetition);
    if (other !== undefined && other > 0 && Number.isFinite(value)) ratios.push(value / other);
  }
  return spreadOf(ratios);
}
