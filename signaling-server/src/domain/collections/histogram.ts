/** Values counted in classes. */
export interface HistogramReading {
  /** Number of values that are at most `end`, for each class; the last class ends at Infinity and has all of them. */
  readonly classes: readonly { readonly end: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

/** Counts values in fixed classes. One value costs an addition, and what is kept does not grow with their number. */
export interface Histogram {
  /** Counts a value; one below zero, or that is no number, counts nowhere. */
  observe(value: number): void;
  read(): HistogramReading;
}

/** @param ends upper ends of the classes, ascending; a value that is greater than all of them is in a last class without end */
export function createHistogram(ends: readonly number[]): Histogram {
  const counts = new Array<number>(ends.length + 1).fill(0);
  let sum = 0;

  /** Classes are few, and most values are in the first ones. */
  const classOf = (value: number): number => {
    let index = 0;
    for (const end of ends) {
      if (value <= end) break;
      index += 1;
    }
    return index;
  };

  return {
    observe(value) {
      if (!(value >= 0)) return;
      const index = classOf(value);
      counts[index] = (counts[index] ?? 0) + 1;
      sum += value;
    },
    read: () => readingOf({ ends, counts, sum }),
  };
}

/** What a histogram reads, made of the number of values in each class and of their sum. */
export function readingOf(held: {
  readonly ends: readonly number[];
  /** One for each end; one more for greater values may follow. */
  readonly counts: readonly number[];
  readonly sum: number;
}): HistogramReading {
  const { ends, counts, sum } = held;
  let count = 0;
  const classes = [...ends, Number.POSITIVE_INFINITY].map((end, index) => {
    count += counts[index] ?? 0;
    return { end, count };
  });
  return { classes, sum, count };
}
