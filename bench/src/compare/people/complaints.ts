/** What went otherwise than it should, by what it was. */
export interface Complaints {
  readonly counts: ReadonlyMap<string, number>;
  add(what: string): void;
}

export function createComplaints(): Complaints {
  const counts = new Map<string, number>();
  return {
    counts,
    add(what) {
      counts.set(what, (counts.get(what) ?? 0) + 1);
    },
  };
}

/** Those of many, added up. */
export function sumComplaints(all: Iterable<ReadonlyMap<string, number>>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const one of all) for (const [what, count] of one) counts[what] = (counts[what] ?? 0) + count;
  return counts;
}
