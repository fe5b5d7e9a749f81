/** What one check has found. */
export interface Finding {
  /** `note`: nothing is broken, but an operator may want to know. */
  readonly verdict: "ok" | "FAILED" | "note";
  readonly says: string;
  /** What to do about it. */
  readonly advice?: string;
  /** It is the configuration that has to be mended. */
  readonly ofConfiguration?: true;
}

export const ok = (says: string): Finding => ({ verdict: "ok", says });
export const note = (says: string, advice: string): Finding => ({ verdict: "note", says, advice });
export const failed = (says: string, advice: string): Finding => ({ verdict: "FAILED", says, advice });

export const misconfigured = (says: string, advice: string): Finding => ({
  ...failed(says, advice),
  ofConfiguration: true,
});

/** The exit code, as that of the server would be: 78 for a wrong configuration (sysexits(3)), 1 for another failure. */
export function exitCodeOf(findings: readonly Finding[]): number {
  if (findings.some(({ ofConfiguration }) => ofConfiguration)) return 78;
  return findings.some(({ verdict }) => verdict === "FAILED") ? 1 : 0;
}

/** The finding as an operator reads it. */
export function lineOf({ verdict, says, advice }: Finding): string {
  const line = `${verdict.padEnd(6)}  ${says}`;
  return advice === undefined ? line : `${line}\n        → ${advice}`;
}
