/** The two programs that settings are for. */
export type Half = "server" | "web";

/** The names of all settings. */
export const SETTING_NAMES: Readonly<Record<Half, readonly string[]>>;

/** Something in the file that cannot be used. */
export interface EnvFileFault {
  /** The setting that it concerns, or most likely concerns; another name that is not a setting; undefined: it could be any. */
  readonly name: string | undefined;
  /** Says file, line and what to do about it, and never a value. */
  readonly sentence: string;
}

export interface EnvFileReading {
  readonly found: boolean;
  /** What can be read; whoever uses it while there are faults uses half of what the operator wrote. */
  readonly settings: Readonly<Record<string, string>>;
  /** All of them; empty when the file can be used. */
  readonly faults: readonly EnvFileFault[];
  /** Sentences about other files that look like settings and are not read. */
  readonly notes: readonly string[];
}

interface Readers {
  /** Whose settings may be in the file. */
  readonly halves: readonly Half[];
}

/**
 * Reads a file of lines `NAME=value`. What it takes, `parseEnv` of Node takes for the same, except that lines of blanks
 * and tabs are blanks here; what is doubtful there is a fault here.
 */
export function readEnvFile(file: string, readers: Readers): EnvFileReading;

/** The same for what has been read already. `file`: what it is called in the faults. */
export function readEnvBytes(
  bytes: Uint8Array,
  readers: Readers & { readonly file: string },
): Pick<EnvFileReading, "settings" | "faults">;

/** Sentences about variables of the environment that are no setting of the half, but nearly one, and have no effect. */
export function environmentNotes(
  env: Readonly<Record<string, string | undefined>>,
  half: Half,
): readonly string[];
