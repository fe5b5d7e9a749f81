import type { Measured } from "../../src/compare/metrics/measured.ts";
import type { Begun, CellDone, Identity } from "../../src/compare/run/journal.ts";
import type { Cell } from "../../src/compare/run/plan.ts";

/** Lines of a journal, as a run writes them. */

export const begunLine = (identity: Partial<Identity> = {}): Begun => ({
  kind: "run",
  at: "2026-01-01T00:00:00.000Z",
  identity: {
    scope: "full",
    repetitions: 2,
    metrics: ["boot"],
    commit: "0123456789",
    against: undefined,
    node: "v20.20.2",
    ...identity,
  },
  machine: {
    system: "linux 6",
    cpu: "a CPU",
    cpuCount: 2,
    node: "v20.20.2",
    pinning: { server: 0, load: 1 },
  },
});

const surroundings = { loadAverage: 0.2, stolen: 0.01, seconds: 12 };

type Some = Partial<Measured> & { readonly cell?: Cell | undefined; readonly attempt?: number };

export const doneLine = ({ cell, attempt = 1, ...measured }: Some = {}, doubt?: string): CellDone => ({
  kind: "cell",
  cell: cell ?? { metric: "boot", contestant: "serendip", repetition: 1 },
  attempt,
  surroundings,
  outcome: {
    ok: true,
    measured: { figures: {}, busy: 0.1, waited: 0, ...measured },
    doubt,
  },
});

export const failedLine = ({ cell }: Pick<Some, "cell">): CellDone => ({
  ...doneLine({ cell }),
  outcome: { ok: false, fault: "Error: it did not start\n    at somewhere" },
});
