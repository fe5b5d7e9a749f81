/** Connections in a row that did not come about, or broke for good. */
export interface PeerFailures {
  /** As either side saw it. */
  readonly all: number;
  /** Those of them that say something about this page (SPEC M9). */
  readonly own: number;
}

export const NO_FAILURES: PeerFailures = { all: 0, own: 0 };
