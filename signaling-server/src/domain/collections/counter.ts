/** Counts by names of a closed set, which all begin at zero. A word from outside can therefore never become a name. */
export interface Counter<Name extends string> {
  /** Adds to a name; one that is not of the set changes nothing. */
  add(name: Name, amount?: number): void;
  /** Every name with its count, in the order in which the names were given. */
  entries(): readonly (readonly [name: Name, count: number])[];
}

export function createCounter<const Name extends string>(names: readonly Name[]): Counter<Name> {
  const counts = new Map<Name, number>(names.map((name) => [name, 0]));
  return {
    add(name, amount = 1) {
      const before = counts.get(name);
      if (before !== undefined) counts.set(name, before + amount);
    },
    entries: () => [...counts],
  };
}
