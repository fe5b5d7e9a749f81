import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { basename, dirname, join } from "node:path";
import { constants, Script } from "node:vm";

export interface KeptProgram<Exports> {
  readonly exports: Exports;
  /** Keeps what V8 has compiled up to now, unless that was there already; where it cannot be written, nothing is kept. */
  keep(): void;
}

const DIGEST_BYTES = 32;

/** V8 itself compares little more than the length of the source. */
const digestOf = (source: string, code: Buffer): Buffer =>
  createHash("sha256").update(process.version).update(source).update(code).digest();

function readKept(file: string, source: string): Buffer | undefined {
  try {
    const kept = readFileSync(file);
    const code = kept.subarray(DIGEST_BYTES);
    return digestOf(source, code).equals(kept.subarray(0, DIGEST_BYTES)) ? code : undefined;
  } catch {
    return undefined;
  }
}

function writeKept(file: string, source: string, code: Buffer): void {
  // A name of its own, so that nobody reads half of it, and two servers that start at once are in nobody's way.
  const draft = `${file}.${process.pid}`;
  const write = () => {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, Buffer.concat([digestOf(source, code), code]), { mode: 0o600 });
    renameSync(draft, file);
  };
  for (const attempt of [write, () => rmSync(draft, { force: true })])
    try {
      attempt();
      return;
    } catch {
      // The folder may be read-only, or its disk full: then the next start takes as long as this one.
    }
}

/**
 * Runs a CommonJS file with what V8 made of it at an earlier start, functions that were compiled one by one included: half of a start
 * goes into that otherwise. It lies in a folder beside the built server and not in the one for temporary files: whoever may write
 * there can run code in the server, as with the file itself.
 *
 * @param file with what it exports
 */
export function runKept<Exports>(file: string): KeptProgram<Exports> {
  const source = readFileSync(file, "utf8");
  const place = join(dirname(file), "..", "compile-cache", `${basename(file)}.code`);
  const cachedData = readKept(place, source);
  const script = new Script(Module.wrap(source), {
    filename: file,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const isKept = cachedData !== undefined && script.cachedDataRejected === false;
  const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
  const module = { exports: {} as Exports };
  run.call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  return {
    exports: module.exports,
    keep() {
      if (!isKept) writeKept(place, source, script.createCachedData());
    },
  };
}
