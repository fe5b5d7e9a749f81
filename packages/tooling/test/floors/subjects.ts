import { posix } from "node:path";
import type { Source } from "./source.ts";

/** The folder below `root` that a file lies in; undefined for one elsewhere, or at the root itself. */
function subjectOf(root: string, path: string): string | undefined {
  const inside = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : "";
  return inside.includes("/") ? inside.slice(0, inside.indexOf("/")) : undefined;
}

/** Which subjects each subject imports, types as well, each with one import that shows it. */
export function drawImports(
  root: string,
  sources: readonly Source[],
): ReadonlyMap<string, Map<string, string>> {
  const graph = new Map<string, Map<string, string>>();
  for (const { path, imports } of sources) {
    const from = subjectOf(root, path);
    if (from === undefined) continue;
    for (const one of imports) {
      const to = subjectOf(root, posix.join(posix.dirname(path), one.from));
      if (!one.from.startsWith(".") || to === undefined || to === from) continue;
      const known = graph.get(from) ?? new Map<string, string>();
      graph.set(from, known.set(to, `${path} imports ${one.from}`));
    }
  }
  return graph;
}

/** The subjects in an order in which each imports only those before it, and those for which there is none. */
export function orderSubjects(
  root: string,
  sources: readonly Source[],
): { readonly order: readonly string[]; readonly inCycles: readonly string[] } {
  const graph = drawImports(root, sources);
  const left = new Set([...graph.keys(), ...[...graph.values()].flatMap((to) => [...to.keys()])]);
  const order: string[] = [];
  for (;;) {
    const next = [...left].filter((subject) =>
      [...(graph.get(subject) ?? [])].every(([to]) => !left.has(to)),
    );
    if (next.length === 0) break;
    for (const subject of next.toSorted()) left.delete(subject);
    order.push(...next.toSorted());
  }
  const inCycles = [...left].flatMap((from) =>
    [...(graph.get(from) ?? [])]
      .filter(([to]) => left.has(to))
      .map(([to, shown]) => `${from} → ${to}: ${shown}`),
  );
  return { order, inCycles };
}
