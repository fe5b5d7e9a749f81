/** Something that is wrong with the configuration. */
export interface ConfigFault {
  /** The variable that it is about; undefined where that cannot be told, as of a file that cannot be read. */
  readonly name: string | undefined;
  /** Says what is wrong and what to do, and repeats no secret. */
  readonly sentence: string;
}

/** A fault of one variable; `rest` completes the sentence that begins with its name. */
export const faultOf = (name: string, rest: string): ConfigFault => ({ name, sentence: `${name} ${rest}` });
