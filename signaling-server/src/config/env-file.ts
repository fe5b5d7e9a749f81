import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

/**
 * The folder that this server belongs to: the repository's, or the one that `pnpm deploy` has made. Each is the nearest
 * above with a workspace's manifest; where there is none, it is the package's own.
 */
export function rootFolder(from = fileURLToPath(new URL("../..", import.meta.url))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

/** A `.env` that is there and cannot be read. `message` says so to an operator. */
export class EnvFileUnreadable extends Error {
  constructor(file: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The file ${file} cannot be read (${why}); may this user read it?`, { cause });
  }
}

/**
 * Reads `.env` of the root folder, where there is one. Variables that are set already win over it.
 *
 * @throws EnvFileUnreadable
 */
export function loadEnvFile(env: NodeJS.ProcessEnv = process.env, folder = rootFolder()): void {
  const file = join(folder, ".env");
  if (!existsSync(file)) return;
  try {
    // Some editors begin a file with a byte order mark, which would become part of the first name.
    const settings = parseEnv(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
    for (const [name, value] of Object.entries(settings)) env[name] ??= value;
  } catch (error) {
    throw new EnvFileUnreadable(file, error);
  }
}
