import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { fileURLToPath } from "node:url";

/** The file that this code is in: with all others in one, once it is built. */
const OWN = fileURLToPath(import.meta.url);

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));
  } catch {
    return undefined;
  }
}

/**
 * Makes what puts the positions of sources into the stack of a fault, in place of those of the built file. Node could do it for each
 * stack (`--enable-source-maps`), but then reads the map at each start, and looks into it whenever a connection breaks, since its
 * streams ask each error for its stack.
 *
 * @param file the built file, with its map beside it
 */
export function sourcePositions(file: string = OWN): (stack: string) => string {
  let map: SourceMap | undefined;
  let isRead = false;
  const sourceOf = (line: number, column: number): string | undefined => {
    if (!isRead) map = readMap(file);
    isRead = true;
    const found = map?.findEntry(line - 1, column - 1);
    if (!found || !("originalSource" in found)) return undefined;
    const source = found.originalSource.replace(/^(\.\.\/)+/, "");
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  };
  return (stack) =>
    stack
      .split(`${file}:`)
      .map((part, at) => {
        const [position = "", line, column] = (at > 0 && /^(\d+):(\d+)/.exec(part)) || [];
        const source = line && column ? sourceOf(Number(line), Number(column)) : undefined;
        if (at === 0) return part;
        return source ? source + part.slice(position.length) : `${file}:${part}`;
      })
      .join("");
}
