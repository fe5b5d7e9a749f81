import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { likelyName } from "./likely.mjs";
import { readLine } from "./lines.mjs";
import { SETTING_NAMES } from "./names.mjs";
import { decodeText } from "./text.mjs";

/** @typedef {import("./index.mjs").EnvFileFault} EnvFileFault */
/** @typedef {import("./index.mjs").Half} Half */

const ALL_NAMES = [...SETTING_NAMES.server, ...SETTING_NAMES.web];
const KNOWN = new Set(ALL_NAMES);

/** Names of variables that Node reads itself, before any line of a program runs. */
const FOR_NODE = /^(NODE_|UV_|SSL_CERT_(FILE|DIR)$|OPENSSL_CONF$)/;

/**
 * The setting that a name most likely means. NODE_ENV is one, though its name begins as those that Node reads.
 *
 * @param {string} name
 */
function meantBy(name) {
  const likely = likelyName(name, ALL_NAMES);
  return FOR_NODE.test(name) && likely !== "NODE_ENV" ? undefined : likely;
}

/**
 * Names that people, editors and Vite give to such a file. Only in these letters: where a file system ignores case, `.ENV`
 * is the file itself.
 */
const LOOKS_LIKE_ENV =
  /^(\.env\.(local|txt|env)|\.env\.(development|production|test)(\.local)?|env|env\.txt)$/;

/**
 * What to call a line that sets an unknown name. The second half of a secret that was broken in two looks like such a
 * line: capitals and small letters are mixed in it, or nothing but equals signs ends it. It must not be repeated.
 *
 * @param {string} name
 * @param {string} line
 */
function sayable(name, line) {
  if (meantBy(name) !== undefined) return name;
  const isPadded = !name.includes("_") && /=\s*$/.test(line);
  return !isPadded && /^([A-Z][A-Z0-9_]{0,39}|[a-z][a-z0-9_]{0,39})$/.test(name) ? name : "its name";
}

/** Why a name must not be in the file; undefined when it may. @param {string} name @param {readonly Half[]} halves */
function nameFault(name, halves) {
  if (halves.some((half) => SETTING_NAMES[half].includes(name))) return undefined;
  if (KNOWN.has(name)) {
    const other = SETTING_NAMES.web.includes(name) ? "web client" : "signaling server";
    return `is a setting of the ${other}, which does not read this file; take the line out`;
  }
  const likely = meantBy(name);
  if (likely !== undefined) return `is not a setting; did you mean ${likely}?`;
  if (FOR_NODE.test(name))
    return "works only in the environment, because Node reads it before this file; set it there and take the line out";
  return "is not a setting; .env.example lists all there are. Take the line out, or set it in the environment";
}

const closed = (/** @type {string} */ sentence) => (/[.?]$/.test(sentence) ? sentence : `${sentence}.`);

/** @type {typeof import("./index.mjs").readEnvBytes} */
export function readEnvBytes(bytes, { file, halves }) {
  const decoded = decodeText(bytes);
  if (!decoded.ok)
    return { settings: {}, faults: [{ name: undefined, sentence: `The file ${file} ${decoded.why}` }] };
  /** @type {EnvFileFault[]} */
  const faults = [];
  /** @type {Map<string, { line: number, value: string }>} */
  const seen = new Map();
  for (const [index, text] of decoded.text.split("\n").entries()) {
    const line = readLine(text, KNOWN);
    if (line.kind === "nothing") continue;
    const likely = line.name === undefined ? undefined : meantBy(line.name);
    const add = (/** @type {string | undefined} */ name, /** @type {string} */ fault) =>
      faults.push({ name, sentence: closed(`Line ${index + 1} of ${file}: ${fault}`) });
    if (line.kind === "unreadable") {
      // Any word may begin such a line; only one that is nearly a setting's name is surely no piece of a secret.
      add(likely, `${likely === undefined ? "it" : line.name} ${line.why}`);
      continue;
    }
    const subject = sayable(line.name, text);
    const wrongName = nameFault(line.name, halves);
    if (wrongName !== undefined) add(likely ?? subject, `${subject} ${wrongName}`);
    if (line.fault !== undefined) add(likely ?? subject, `the value of ${subject} ${line.fault}`);
    if (wrongName !== undefined || line.fault !== undefined) continue;
    const earlier = seen.get(line.name);
    if (earlier !== undefined && earlier.value !== line.value)
      add(line.name, `${line.name} has another value on line ${earlier.line}; keep one of them`);
    else seen.set(line.name, { line: index + 1, value: line.value });
  }
  return { settings: Object.fromEntries([...seen].map(([name, { value }]) => [name, value])), faults };
}

/** @param {unknown} error */
const codeOf = (error) => (error instanceof Error && "code" in error ? String(error.code) : String(error));

/** @param {string} file @returns {{ bytes: Uint8Array } | { fault: string } | "absent"} */
function bytesOf(file) {
  try {
    return { bytes: readFileSync(file) };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" && lstatSync(file, { throwIfNoEntry: false }) === undefined) return "absent";
    if (code === "ENOENT") return { fault: "is a link to a file that does not exist; mend or delete it" };
    if (code === "EISDIR") return { fault: "is a folder; delete it, or write a file in its place" };
    const advice = ["EACCES", "EPERM"].includes(code)
      ? "give this user the right to read it"
      : "mend or delete it";
    return { fault: `cannot be read (${code}); ${advice}` };
  }
}

/** @param {string} file */
function notesBeside(file) {
  /** @type {readonly string[]} */
  let names = [];
  try {
    names = readdirSync(dirname(file));
  } catch {
    // A user who may not list the folder may still read the file.
  }
  return names
    .filter((name) => name !== basename(file) && LOOKS_LIKE_ENV.test(name))
    .toSorted()
    .map((name) => `The file ${name} beside ${file} is not read; settings belong into ${file} itself.`);
}

/** @type {typeof import("./index.mjs").readEnvFile} */
export function readEnvFile(file, { halves }) {
  const notes = notesBeside(file);
  const got = bytesOf(file);
  if (got === "absent") return { found: false, settings: {}, faults: [], notes };
  if ("fault" in got)
    return {
      found: true,
      settings: {},
      faults: [{ name: undefined, sentence: `The file ${file} ${got.fault}.` }],
      notes,
    };
  return { found: true, notes, ...readEnvBytes(got.bytes, { file, halves }) };
}

/** @type {typeof import("./index.mjs").environmentNotes} */
export function environmentNotes(env, half) {
  return Object.keys(env)
    .filter((name) => !KNOWN.has(name))
    .toSorted()
    .flatMap((name) => {
      const meant = meantBy(name);
      // On Windows the letters of a variable's name may be large or small, and it has its effect all the same.
      const hasEffect = meant !== undefined && env[meant] === env[name];
      if (meant === undefined || hasEffect || !SETTING_NAMES[half].includes(meant)) return [];
      const sentence = `${name} in the environment is not a setting and has no effect; did you mean ${meant}?`;
      return [{ meant, sentence }];
    });
}
