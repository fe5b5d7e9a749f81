/** What is counted, in the order of the table. */
export const KINDS = [
  "HTTP requests",
  "packets from pages",
  "packets to pages",
  "acknowledgements",
  "bytes from pages",
  "bytes to pages",
  "log lines",
  "timers armed",
  "signatures",
  "asked of the store",
] as const;
export type Kind = (typeof KINDS)[number];

/** How often something of one kind happened. */
export interface Count {
  readonly kind: Kind;
  readonly times: number;
  /** The names of what happened, each with how often: `find; matched ×2`. Empty where there are no names. */
  readonly which: string;
}

/** Notes what happens, from all the places where something is counted. */
export interface Ledger {
  note(kind: Kind, name?: string, times?: number): void;
  /** What was noted since the last time. */
  take(): readonly Count[];
}

export function createLedger(): Ledger {
  const noted = new Map<Kind, Map<string, number>>();

  const countOf = (kind: Kind): Count => {
    const names = [...(noted.get(kind) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      kind,
      times: names.reduce((sum, [, times]) => sum + times, 0),
      which: names
        .filter(([name]) => name !== "")
        .map(([name, times]) => (times === 1 ? name : `${name} ×${times}`))
        .join("; "),
    };
  };

  return {
    note(kind, name = "", times = 1) {
      const names = noted.get(kind) ?? new Map<string, number>();
      noted.set(kind, names.set(name, (names.get(name) ?? 0) + times));
    },
    take() {
      const counts = KINDS.map(countOf).filter(({ times }) => times > 0);
      noted.clear();
      return counts;
    },
  };
}

/** The ledger of the test file: mocks and pages write into it. */
export const ledger = createLedger();
