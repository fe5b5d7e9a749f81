import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { decodeText } from "@serendip/settings-file/text";
import type { Log } from "../ports.ts";

/** The secret could be neither read nor made. */
export class SecretFileFailed extends Error {
  readonly code = "secret-file-failed";
}

/** What lies there is in the way, and the message says what to do about it. */
class InTheWay extends Error {}

const FILE_NAME = "session-secret";
const SHORTEST_BYTES = 32;

/** Why no folder can be made, by the system's error code. */
const NO_FOLDER: Readonly<Record<string, string>> = {
  ENOENT: "no folder can be made there",
  ENOTDIR: "a part of that path is a file",
};

/** Error codes of a file system without hard links, such as exFAT. */
const WITHOUT_LINKS = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"];

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined;

/** @throws InTheWay when the file holds something else than a secret */
function secretIn(bytes: Uint8Array, path: string): string {
  const decoded = decodeText(bytes);
  if (!decoded.ok)
    throw new InTheWay(`${path} ${decoded.why} Or delete it, and the server makes another one`);
  const secret = decoded.text.replace(/\r?\n$/, "");
  const why = /[\r\n]/.test(secret)
    ? "has more than one line"
    : /\s/.test(secret)
      ? "has a blank in it"
      : Buffer.byteLength(secret) < SHORTEST_BYTES
        ? `is shorter than ${SHORTEST_BYTES} bytes`
        : undefined;
  if (why === undefined) return secret;
  throw new InTheWay(`${path} ${why}, so it is damaged; delete it, and the server makes another one`);
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
    if (codeOf(error) === "EISDIR") throw new InTheWay(`${path} is a folder; delete it`);
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

const agreedDraft = (path: string) => `${path}.agreed`;

/**
 * Puts the draft, or that of another server which tries the same, in the place of the empty file. A server that replaced it
 * by a secret of its own could replace one that another server has just put there. So all agree on one draft first, and
 * each replaces the empty file by that one. The agreed draft is taken away only once the file holds a secret: whoever
 * comes later and makes another agreed draft finds that secret when it looks again.
 */
async function replaceEmpty(path: string, { draft, copy }: { draft: string; copy: string }): Promise<void> {
  await name(draft, agreedDraft(path));
  try {
    await name(agreedDraft(path), copy);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  if ((await readSecret(path)) === undefined) await rename(copy, path);
}

async function makeSecret(path: string): Promise<string | undefined> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.draft`;
  const copy = `${draft}.copy`;
  try {
    await writeDraft(draft);
    await name(draft, path);
    const secret = await readSecret(path);
    if (secret !== undefined) return secret;
    await replaceEmpty(path, { draft, copy });
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

/**
 * Makes the folder and those above it that are missing. Node's own way of making several (`recursive`) never ends where a
 * file system, such as /proc, says that a folder does not exist although the one above it does (seen in Node 20).
 */
async function makeFolder(directory: string): Promise<void> {
  const make = () => mkdir(directory, { mode: 0o700 });
  try {
    await make().catch(async (error: unknown) => {
      if (codeOf(error) !== "ENOENT" || dirname(directory) === directory) throw error;
      await makeFolder(dirname(directory));
      await make();
    });
  } catch (error) {
    const there = await stat(directory).catch(() => undefined);
    if (there?.isDirectory()) return;
    if (there) throw new InTheWay(`${directory} is a file; delete it, or name a folder in DATA_DIR`);
    const why = NO_FOLDER[codeOf(error) ?? ""];
    throw why === undefined ? error : new InTheWay(`${why}; name another one in DATA_DIR`);
  }
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
    await makeFolder(directory);
    let secret = await readSecret(path);
    if (secret === undefined) {
      secret = await makeSecret(path);
      await syncFolder(directory);
    }
    if (secret === undefined) throw new Error(`${path} is empty`);
    // A secret that was deleted must not come back out of it. What cannot be deleted here is read by nobody today.
    await rm(agreedDraft(path), { force: true }).catch(() => {});
    await warnIfExposed(path, log);
    return secret;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const other = error instanceof InTheWay ? "Or set SESSION_SECRET." : "Set SESSION_SECRET instead.";
    const message = `No secret could be kept in ${directory}: ${reason}. ${other}`;
    throw new SecretFileFailed(message, { cause: error });
  }
}
