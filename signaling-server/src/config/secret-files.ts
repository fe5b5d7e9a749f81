import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";
import { decodeText } from "@serendip/settings-file/text";
import { type ConfigFault, faultOf } from "./fault.ts";
import { path, type Setting } from "./readers.ts";

/** Settings whose value may stand in a file instead: NAME_FILE says in which. */
export const SECRETS_IN_FILES = [
  "SESSION_SECRET",
  "SESSION_SECRET_PREVIOUS",
  "ADMIN_TOKEN",
  "TURN_SECRET",
  "TURN_CREDENTIAL",
  "CHALLENGE_SECRET",
] as const;

type SecretName = (typeof SECRETS_IN_FILES)[number];
export type SecretFileName = `${SecretName}_FILE`;

/** No secret is longer; whatever else was named is not read to its end, which may never come. */
const LONGEST_BYTES = 8_192;

/** The setting that names the file with the value of the setting `name`. */
export const inFile = (name: SecretName): Setting<string> => ({
  description: `File with ${name} as its only line, in place of ${name} itself: an absolute path, or one that begins in the folder of .env; read when the server starts.`,
  default: undefined,
  schema: path,
});

type Environment = Readonly<Record<string, string | undefined>>;
type Reading = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly why: string };

const refused = (why: string): Reading => ({ ok: false, why });

const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "which is not there; make it, or correct the path",
  ENOTDIR: "a part of which is no folder; correct the path",
  EISDIR: "which is a folder; name the file in it",
  EACCES: "which this user may not read; give them the right, and nobody else",
  EPERM: "which this user may not read; give them the right, and nobody else",
};

/** @throws the system's errors */
function bytesOf(file: string): Uint8Array | "no-file" {
  // A pipe would wait for whoever writes into it.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    if (!stat.isFile()) return "no-file";
    const bytes = new Uint8Array(LONGEST_BYTES + 1);
    return bytes.subarray(0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}

function valueIn(file: string): Reading {
  let bytes: Uint8Array | "no-file";
  try {
    bytes = bytesOf(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return refused(`names ${file}, ${ADVICE[code] ?? `which cannot be read (${code}); mend it`}.`);
  }
  if (bytes === "no-file")
    return refused(`names ${file}, which is no ordinary file; write the value into one.`);
  if (bytes.length > LONGEST_BYTES)
    return refused(`names ${file}, which is longer than any secret; write the value alone into it.`);
  const decoded = decodeText(bytes);
  if (!decoded.ok) return refused(`names ${file}, which ${decoded.why}`);
  const value = decoded.text.trim();
  if (value === "") return refused(`names ${file}, which is empty; write the value into it.`);
  if (/[\r\n]/.test(value))
    return refused(`names ${file}, which has more than one line; write the value alone into it.`);
  return { ok: true, value };
}

/**
 * Reads the values that stand in files. A fault bears the name of the setting that goes without a value for it.
 *
 * @param folder where paths begin that are not absolute
 */
export function readSecretFiles(
  env: Environment,
  folder: string,
): { readonly values: Environment; readonly faults: readonly ConfigFault[] } {
  const values: Record<string, string> = {};
  const faults: ConfigFault[] = [];
  for (const name of SECRETS_IN_FILES) {
    const setting: SecretFileName = `${name}_FILE`;
    const file = env[setting]?.trim();
    // What is no path at all has a fault of its own.
    if (!file || !path.safeParse(file).success) continue;
    const reading: Reading = env[name]?.trim()
      ? refused(`and ${name} are both set; keep one of them.`)
      : valueIn(resolve(folder, file));
    if (reading.ok) values[name] = reading.value;
    else faults.push({ ...faultOf(setting, reading.why), name });
  }
  return { values, faults };
}
