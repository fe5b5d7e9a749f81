/**
 * @typedef {{ readonly kind: "nothing" }} NothingLine blank, or a comment
 * @typedef {{ readonly kind: "unreadable", readonly name: string | undefined, readonly why: string }} UnreadableLine
 *   `name`: what seems to be set there; `why` may not say it, since it can be a piece of a secret
 * @typedef {{ readonly kind: "setting", readonly name: string, readonly value: string, readonly fault: string | undefined }} SettingLine
 *   `fault` completes a sentence that begins with "The value of NAME"
 * @typedef {NothingLine | UnreadableLine | SettingLine} Line
 */

const SETTING = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=(.*)$/;
const COLON = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*:/;
const OF_A_SHELL = /^[ \t]*(?:(?:set|setx|setenv)[ \t]+|\$env:)([A-Za-z_][A-Za-z0-9_]*)/i;
const WITHOUT_EQUALS = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)(?:[ \t].*)?$/;

/** Invisible characters that editors, web pages and word processors leave behind; a tab is not among them. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u0008\u000a-\u001f\u007f-\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]/u;
/** Characters that end a line for some editors, but not here. */
const OTHER_LINE_BREAK = /[\r\u0085\u2028\u2029]/u;
const TYPOGRAPHIC_QUOTE = /^[\u00ab\u2018-\u201f\u2039]|[\u00bb\u2018-\u201f\u203a]$/u;

/** @param {string} text */
const trim = (text) => text.replaceAll(/^[ \t]+|[ \t]+$/g, "");

/** @typedef {{ readonly value: string, readonly written: string, readonly fault?: string }} ValueReading */

/** @param {string} raw what follows the equals sign @returns {ValueReading} */
function readUnquoted(raw) {
  const hash = raw.indexOf("#");
  const written = hash === -1 ? raw : raw.slice(0, hash);
  const value = trim(written);
  if (hash === -1 || /[ \t]$/.test(written)) return { value, written };
  const fault =
    "would be cut off at its #; put it between single quotes, or put a blank before the # of a comment";
  return { value, written, fault };
}

/** @param {string} raw begins with its quote @returns {ValueReading} */
function readQuoted(raw) {
  const quote = raw.charAt(0);
  const end = raw.indexOf(quote, 1);
  if (end === -1)
    return { value: "", written: raw, fault: "has no closing quote on its line; every value is one line" };
  const value = raw.slice(1, end);
  const [after = ""] = raw.slice(end + 1).split("#");
  const written = raw.slice(0, end + 1) + after;
  const reading = { value, written };
  const comment = raw.length > written.length;
  if (trim(after) !== "" || (comment && after === ""))
    return {
      ...reading,
      fault:
        "goes on after its closing quote; put all of it between quotes of another kind, and a blank before the # of a comment",
    };
  if (quote === '"' && value.includes("\\n"))
    return {
      ...reading,
      fault: "has \\n in double quotes, where it stands for a line break; use single quotes",
    };
  if (trim(value) !== value)
    return { ...reading, fault: "begins or ends with a blank inside its quotes; take the blank away" };
  return reading;
}

/**
 * `$(cat secret)`, `$HOST` and a value that is nothing but `$NAME` mean something to a shell only; in single quotes they are meant as they are.
 *
 * @param {string} value
 * @param {ReadonlySet<string>} names
 */
function isForAShell(value, names) {
  if (/\$[({]/.test(value) || /^\$[A-Za-z_][A-Za-z0-9_]*$/.test(value)) return true;
  return [...value.matchAll(/\$([A-Z][A-Z0-9_]*)/g)].some(([, name = ""]) => names.has(name));
}

/** @param {string} raw @param {ReadonlySet<string>} names @returns {{ value: string, fault: string | undefined }} */
function readValue(raw, names) {
  const trimmed = trim(raw);
  const quote = /^['"`]/.exec(trimmed)?.[0];
  const { value, written, fault } = quote ? readQuoted(trimmed) : readUnquoted(raw);
  const [hidden] = INVISIBLE.exec(written) ?? [];
  if (hidden !== undefined) return { value, fault: invisible(hidden) };
  if (fault !== undefined) return { value, fault };
  if (!quote && TYPOGRAPHIC_QUOTE.test(value))
    return { value, fault: "has a typographic quote at its end; use ' or \" instead" };
  if (quote !== "'" && isForAShell(value, names))
    return {
      value,
      fault:
        "has a $ for a shell, which does not read this file; write what it stands for, or put it between single quotes",
    };
  return { value, fault: undefined };
}

/** @param {string} character */
function invisible(character) {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  if (OTHER_LINE_BREAK.test(character))
    return `has a line end of another kind in it (U+${code}); save the file with the line ends of Unix or Windows`;
  return `has an invisible character in or beside it (U+${code}); type the line anew, in a plain text editor`;
}

/** @param {string} line @returns {UnreadableLine} */
function unreadable(line) {
  const [hidden] = INVISIBLE.exec(line) ?? [];
  const plain = line.replaceAll(new RegExp(INVISIBLE, "gu"), " ");
  const name = (/** @type {RegExp} */ form) => form.exec(plain)?.[1];
  const [colon, shell, bare] = [name(COLON), name(OF_A_SHELL), name(WITHOUT_EQUALS)];
  const because = (/** @type {string} */ why) =>
    /** @type {const} */ ({ kind: "unreadable", name: colon ?? shell ?? name(SETTING) ?? bare, why });
  if (hidden !== undefined) return because(invisible(hidden));
  if (colon !== undefined) return because("has a colon where an equals sign belongs; write NAME=value");
  if (shell !== undefined)
    return because("is set with a command of a shell, which does not read this file; write NAME=value");
  return because("is neither NAME=value nor a comment, which begins with #");
}

/**
 * Reads one line of a settings' file.
 *
 * @param {string} line without its line feed
 * @param {ReadonlySet<string>} names of the settings that there are
 * @returns {Line}
 */
export function readLine(line, names) {
  const text = line.replace(/\r$/, "");
  if (OTHER_LINE_BREAK.test(text)) return unreadable(text);
  if (/^[ \t]*(#|$)/.test(text)) return { kind: "nothing" };
  const [, name, raw] = SETTING.exec(text) ?? [];
  if (name === undefined || raw === undefined) return unreadable(text);
  return { kind: "setting", name, ...readValue(raw, names) };
}
