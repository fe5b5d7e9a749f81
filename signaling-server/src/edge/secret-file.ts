import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { decodeText } from "@serendip/settings-file/text";
import type { Log } from "../ports.ts";

/** The secret could be neither read nor made. */
export class SecretFileFailed extends Error {
  readonly code = "secret-file-failed";
}

const FILE_NAME = "session-secret";
const SHORTEST_BYTES = 32;

/** Error codes of a file system without hard links, such as exFAT. */
const WITHOUT_LINKS = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined;

/** @throws Error with what is wrong, when the file holds something else than a secret */
function secretIn(bytes: Uint8Array, path: string): string {
  const decoded = decodeText(bytes);
  if (!decoded.ok) throw new Error(`${path} ${decoded.why} Or delete it, and the server makes another one`);
  const secret = decoded.text.replace(/\r?\n$/, "");
  const why = /[\r\n]/.test(secret)
    ? "has more than one line"
    : /\s/.test(secret)
      ? "has a blank in it"
      : Buffer.byteLength(secret) < SHORTEST_BYTES
        ? `is shorter than ${SHORTEST_BYTES} bytes`
        : undefined;
  if (why === undefined) return secret;
  throw new Error(`${path} ${why}, so it is damaged; delete it, and the server makes another one`);
}

/**
 * The secret in the file; undefined where there is none yet: no file, or an empty one, which a start that was cut off has
 * left.
 */
async function readSecret(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    return bytes.length === 0 ? undefined : secretIn(bytes, path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    if (codeOf(error) === "EISDIR") throw new Error(`${path} is a folder; delete it`);
    throw error;
  }
}

/** Writes a new secret to a draft, whole and to the disk, before anybody can see it under its name. */
async function writeDraft(path: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(48).toString("base64url")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives the draft a name that no file has so far. Of several servers that try it at once, the first one's draft stays. */
async function name(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    const code = codeOf(error) ?? "";
    if (code === "EEXIST") return;
    if (!WITHOUT_LINKS.includes(code)) throw error;
    // Here the last draft stays: of two servers that make their first secret in the same moment one forgets its people
    // later.
    await rename(draft, path);
  }
}

async function makeSecret(path: string): Promise<string | undefined> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.draft`;
  const copy = `${draft}.copy`;
  try {
    await writeDraft(draft);
    await name(draft, path);
    const secret = await readSecret(path);
    if (secret !== undefined) return secret;
    // An empty file is in the way. A server that replaced it by a secret of its own could replace one that another server
    // has just put there. So all agree on one draft first, and each replaces the empty file by that one.
    const agreed = `${path}.agreed`;
    await name(draft, agreed);
    await name(agreed, copy);
    await rename(copy, path);
    return await readSecret(path);
  } finally {
    // A file that cannot be deleted is in nobody's way.
    await Promise.allSettled([rm(draft, { force: true }), rm(copy, { force: true })]);
  }
}

/** A new name is only on the disk when its folder is. Windows and some file systems refuse this, and do not need it. */
async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, "r").catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

async function warnIfExposed(path: string, log: Pick<Log, "warn">): Promise<void> {
  const { mode } = await stat(path);
  // Windows has no such rights, and Node makes them up there.
  if (process.platform === "win32" || (mode & 0o077) === 0) return;
  log.warn(
    `Other users may read or change the secret in ${path}; take that right away with: chmod 600 ${path}`,
  );
}

/**
 * The secret kept in `directory`, made at the first call, so that a restart forgets nobody. Only this user can read it.
 * Servers that start at the same time get the same one, and a start that is cut off anywhere leaves nothing that bars the
 * next. A file that other users may read is used, with a warning: it is for trying things out, and production has
 * SESSION_SECRET instead.
 *
 * @throws SecretFileFailed
 */
export async function keptSecret(directory: string, log: Pick<Log, "warn">): Promise<string> {
  const path = join(directory, FILE_NAME);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    let secret = await readSecret(path);
    if (secret === undefined) {
      secret = await makeSecret(path);
      await syncFolder(directory);
    }
    if (secret === undefined) throw new Error(`${path} is empty`);
    await warnIfExposed(path, log);
    return secret;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `No secret could be kept in ${directory}: ${reason}. Set SESSION_SECRET instead.`;
    throw new SecretFileFailed(message, { cause: error });
  }
}
