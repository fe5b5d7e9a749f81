/** What one check has found. */
export interface Finding {
  /** `note`: nothing is broken, but an operator may want to know. */
  readonly verdict: "ok" | "FAILED" | "note";
  readonly says: string;
  /** What to do about it. */
  readonly advice?: string;
}

export const ok = (says: string): Finding => ({ verdict: "ok", says });
export const note = (says: string, advice: string): Finding => ({ verdict: "note", says, advice });
export const failed = (says: string, advice: string): Finding => ({ verdict: "FAILED", says, advice });

/** The finding as an operator reads it. */
export function lineOf({ verdict, says, advice }: Finding): string {
  const line = `${verdict.padEnd(6)}  ${says}`;
  return advice === undefined ? line : `${line}\n        → ${advice}`;
}
