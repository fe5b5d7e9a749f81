/** The two programs that have settings: signaling server and web client. */
export type Half = "server" | "web";

/** The names of all settings. */
export const SETTING_NAMES: Readonly<Record<Half, readonly string[]>>;

/** A fault of the file: something in it that cannot be used. */
export interface EnvFileFault {
  /**
   * The setting that the fault concerns, or most likely concerns, or another name that is no setting; undefined where it may
   * concern any setting.
   */
  readonly name: string | undefined;
  /** Names file and line and says what to do; never repeats a value. */
  readonly sentence: string;
}

export interface EnvFileReading {
  readonly found: boolean;
  /** The settings that can be read. While there are faults they are only a part of what the operator wrote. */
  readonly settings: Readonly<Record<string, string>>;
  /** All faults; none when the file can be used. */
  readonly faults: readonly EnvFileFault[];
  /** Sentences about other files that look like settings and are not read. */
  readonly notes: readonly string[];
}

interface Readers {
  /** The programs whose settings may be in the file. */
  readonly halves: readonly Half[];
}

/**
 * Reads a file of lines `NAME=value`. A value that is taken is the one that `parseEnv` of Node would give, except that a
 * line of blanks and tabs is a blank line here; where Node's reading would be doubtful, there is a fault.
 */
export function readEnvFile(file: string, readers: Readers): EnvFileReading;

/**
 * Reads the bytes of such a file.
 *
 * @param readers.file the name of the file in the faults
 */
export function readEnvBytes(
  bytes: Uint8Array,
  readers: Readers & { readonly file: string },
): Pick<EnvFileReading, "settings" | "faults">;

/** A variable of the environment whose name is probably misspelt. */
export interface EnvironmentNote {
  /** The setting that was probably meant. */
  readonly meant: string;
  readonly sentence: string;
}

/**
 * Notes about variables of the environment that have no effect because their name is nearly, but not quite, that of a
 * setting of this half.
 */
export function environmentNotes(
  env: Readonly<Record<string, string | undefined>>,
  half: Half,
): readonly EnvironmentNote[];
