import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const git = (root: string, ...args: readonly string[]): string =>
  execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 }).trim();

/** The commit that is measured, and a mark of what is changed beside it. */
export function commitOf(root: string): string {
  const commit = git(root, "rev-parse", "--short=10", "HEAD");
  const changes = git(root, "status", "--porcelain") + git(root, "diff", "HEAD");
  if (changes === "") return commit;
  return `${commit}+${createHash("sha256").update(changes).digest("hex").slice(0, 6)}`;
}

/** @throws when there is no such commit */
export function resolveRef(root: string, ref: string): string {
  const found = spawnSync("git", ["rev-parse", "--verify", "--quiet", "--short=10", `${ref}^{commit}`], {
    cwd: root,
    encoding: "utf8",
  });
  if (found.status !== 0) throw new Error(`There is no commit "${ref}" here.`);
  return found.stdout.trim();
}

/** The pnpm that the checkout pins. */
function pnpmOf(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { packageManager } = manifest as { packageManager?: string };
  if (!packageManager?.startsWith("pnpm@")) throw new Error(`${folder} does not say which pnpm it needs.`);
  return packageManager;
}

function run(folder: string, [file = "", ...args]: readonly string[]): boolean {
  return spawnSync(file, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

/** A built checkout of an earlier commit in a temporary folder. */
export interface Checkout {
  readonly folder: string;
  remove(): void;
}

/**
 * Checks out, installs and builds what the page and the server of an earlier commit need.
 *
 * @throws when one of these fails
 */
export function checkOut(root: string, commit: string): Checkout {
  const parent = mkdtempSync(join(tmpdir(), "serendip-before-"));
  const folder = join(parent, "serendip");
  const remove = () => {
    spawnSync("git", ["worktree", "remove", "--force", folder], { cwd: root, stdio: "ignore" });
    rmSync(parent, { recursive: true, force: true });
  };
  process.on("exit", remove);
  const checkout = {
    folder,
    remove() {
      process.off("exit", remove);
      remove();
    },
  };
  try {
    git(root, "worktree", "add", "--quiet", "--detach", folder, commit);
    const pnpm = ["npx", "--yes", pnpmOf(folder)];
    const install = [...pnpm, "install", "--frozen-lockfile"];
    // What was installed before is at hand; the registry is asked only for what is not.
    if (!run(folder, [...install, "--offline"]) && !run(folder, install))
      throw new Error(`The packages of ${commit} cannot be installed.`);
    if (
      !run(folder, [
        ...pnpm,
        "exec",
        "turbo",
        "run",
        "build",
        "--filter=signaling-server",
        "--output-logs=errors-only",
      ])
    )
      throw new Error(`${commit} cannot be built.`);
    if (!existsSync(join(folder, "signaling-server/dist"))) throw new Error(`${commit} built no server.`);
    return checkout;
  } catch (error) {
    checkout.remove();
    throw error;
  }
}
