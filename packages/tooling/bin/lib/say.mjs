/** A failure that is the person's to mend: its message is the whole story, no stack is shown. */
export class Fault extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * What the commands tell the person goes to standard error, so that standard output stays the tools' own.
 *
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`${text}\n`);
}
