import module from "node:module";
import { dirname, join } from "node:path";

/** What Node has of this since 22.1, and since 22.10. */
interface CompileCache {
  enableCompileCache?(directory: string): unknown;
  flushCompileCache?(): void;
}
const cache = module as CompileCache;

/**
 * Lets Node keep what V8 has made of the built server in a folder beside it, so that the next start need not do it again;
 * where that folder cannot be written, nothing is kept. It is not the folder for temporary files, which Node would take:
 * whoever may write to the cache can run code in the server.
 *
 * @param program the file that runs; of sources nothing is kept
 */
export function keepCompiled(program: string): void {
  if (program.endsWith(".js")) cache.enableCompileCache?.(join(dirname(program), "compile-cache"));
}

/** Writes it now: a server that is killed later has no other time for it. */
export function writeCompiled(): void {
  cache.flushCompileCache?.();
}
