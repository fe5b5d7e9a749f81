export type TextReading =
  | { readonly ok: true; readonly text: string }
  /** `why` completes a sentence that begins with the file's name, and says what to do. It repeats nothing of the file. */
  | { readonly ok: false; readonly why: string };

/**
 * Reads a file that a person wrote as UTF-8; a byte order mark at its start is left out (RFC 3629 section 6). UTF-16,
 * NUL bytes and bytes of another encoding are refused. Runs in Node and in browsers.
 */
export function decodeText(bytes: Uint8Array): TextReading;
