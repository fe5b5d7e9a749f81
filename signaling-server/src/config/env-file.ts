import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type EnvFileReading, readEnvFile } from "@serendip/settings-file";

/** The folder of this package: the nearest one with a manifest above this file, which may be a source or built into another. */
function packageFolder(): string {
  const own = dirname(fileURLToPath(import.meta.url));
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) return own;
  }
}

const PACKAGE_FOLDER = packageFolder();

/**
 * The folder that this server belongs to: the repository's, which is the nearest one above with a workspace's manifest; of a
 * deployed server its own.
 */
export function rootFolder(from = PACKAGE_FOLDER): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "pnpm-workspace.yaml"))) return folder;
    if (dirname(folder) === folder) return from;
  }
}

/**
 * Reads the `.env` of a folder, the root one unless told otherwise, into `env` where there is such a file. Variables that
 * are set already win over it. Nothing may be started while the file has faults.
 *
 * The repository's `.env` is read by the web client's commands too, and may hold their settings as well; that of a deployed
 * server may not.
 */
export function loadEnvFile(
  env: NodeJS.ProcessEnv = process.env,
  { folder = rootFolder() }: { readonly folder?: string } = {},
): EnvFileReading & { readonly file: string } {
  const file = join(folder, ".env");
  const reading = readEnvFile(file, { halves: folder === PACKAGE_FOLDER ? ["server"] : ["server", "web"] });
  for (const [name, value] of Object.entries(reading.settings)) env[name] ??= value;
  return { ...reading, file };
}
