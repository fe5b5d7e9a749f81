import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The secret could be neither read nor made. */
export class SecretFileFailed extends Error {
  readonly code = "secret-file-failed";
}

const FILE_NAME = "session-secret";

/**
 * The secret kept in `directory`, made at the first call, so that a restart forgets nobody. Only this user can read it.
 *
 * @throws SecretFileFailed
 */
export async function keptSecret(directory: string): Promise<string> {
  const path = join(directory, FILE_NAME);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    try {
      // Fails when the file is there: of two servers that start together one makes it, the other reads it.
      await writeFile(path, `${randomBytes(48).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const secret = (await readFile(path, "utf8")).trim();
    if (Buffer.byteLength(secret) < 32) throw new Error("the file is damaged; delete it");
    return secret;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SecretFileFailed(
      `No secret could be kept in ${directory}: ${reason}. Set SESSION_SECRET instead.`,
      {
        cause: error,
      },
    );
  }
}
