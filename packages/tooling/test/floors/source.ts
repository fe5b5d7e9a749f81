import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";

/** The repository's root folder. */
export const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

export interface Import {
  /** As written: `./a.ts`, `react`, `node:fs`. */
  readonly from: string;
  readonly typeOnly: boolean;
}

/** What the rules ask of a source file. */
export interface Source {
  /** From the root, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Names that the file uses but does not own, and `Math.random` as one name; `await` for asynchronous code. */
  readonly uses: ReadonlySet<string>;
  /** It gives what `JSON.parse` answers a type without checking it. */
  readonly castsJson: boolean;
  /** Its texts that read like the title of a test that proves something: `[M3] … (C46)`. */
  readonly proofs: readonly string[];
}

type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Partial<Node>).type === "string";

const nodeAt = (node: Node, key: string): Node | undefined => {
  const value = node[key];
  return isNode(value) ? value : undefined;
};

const nameOf = (node: Node | undefined): string | undefined =>
  node?.type === "Identifier" && typeof node["name"] === "string" ? node["name"] : undefined;

/** `a.b` as text, where both are plain names. */
function memberName(node: Node | undefined): string | undefined {
  if (node?.type !== "MemberExpression" || node["computed"] === true) return undefined;
  const object = nameOf(nodeAt(node, "object"));
  return object && `${object}.${nameOf(nodeAt(node, "property"))}`;
}

/** Keys under which a name is not a use: `x.name`, `{ name: 1 }`, the name of a type's member. */
const NOT_A_USE: Readonly<Record<string, string>> = {
  MemberExpression: "property",
  Property: "key",
  MethodDefinition: "key",
  PropertyDefinition: "key",
  TSPropertySignature: "key",
  TSMethodSignature: "key",
  TSQualifiedName: "right",
};

function textOf(node: Node | undefined): string | undefined {
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  if (node?.type !== "TemplateLiteral") return undefined;
  const parts = node["quasis"] as readonly { readonly value: { readonly cooked: string } }[];
  return parts.map(({ value }) => value.cooked).join("…");
}

/** One entry for each module: type-only when every mention of it is. */
function mergeByModule(all: readonly Import[]): readonly Import[] {
  const values = new Set(all.filter(({ typeOnly }) => !typeOnly).map(({ from }) => from));
  return [...new Set(all.map(({ from }) => from))].map((from) => ({ from, typeOnly: !values.has(from) }));
}

export function readSource(path: string, text: string): Source {
  const { program, module } = parseSync(path, text);
  const uses = new Set<string>();
  const proofs: string[] = [];
  const dynamic: Import[] = [];
  let castsJson = false;

  const visit = (node: Node, key: string, parent: Node | undefined): void => {
    const name = nameOf(node);
    const computed = parent?.["computed"] === true;
    if (name !== undefined && (parent === undefined || computed || NOT_A_USE[parent.type] !== key))
      uses.add(name);
    const member = memberName(node);
    if (member !== undefined) uses.add(member);
    if (node.type === "AwaitExpression" || node["async"] === true) uses.add("await");
    if (node.type === "ImportExpression") {
      const from = textOf(nodeAt(node, "source"));
      dynamic.push({ from: from ?? "(computed)", typeOnly: false });
    }
    if (node.type === "TSAsExpression" || node.type === "TSTypeAssertion") {
      const inner = nodeAt(node, "expression");
      const parsed = inner?.type === "CallExpression" && memberName(nodeAt(inner, "callee")) === "JSON.parse";
      if (parsed && nodeAt(node, "typeAnnotation")?.type !== "TSUnknownKeyword") castsJson = true;
    }
    const text = textOf(node);
    if (text !== undefined && /[[(][A-Z]\d+/.test(text)) proofs.push(text);
    for (const [childKey, child] of Object.entries(node))
      for (const inner of Array.isArray(child) ? (child as unknown[]) : [child])
        if (isNode(inner)) visit(inner, childKey, node);
  };
  visit(program as unknown as Node, "", undefined);

  const statics = [
    ...module.staticImports.map(({ moduleRequest, entries }) => ({
      from: moduleRequest.value,
      typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
    })),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest, isType }) =>
        moduleRequest ? [{ from: moduleRequest.value, typeOnly: isType }] : [],
      ),
    ),
  ];
  return {
    path,
    lines: text.split("\n").length - 1,
    imports: mergeByModule([...statics, ...dynamic]),
    uses,
    castsJson,
    proofs,
  };
}

const SKIPPED = /^(node_modules|dist(-.*)?|test-results|coverage|playwright-report|\..*)$/;
const READ = /\.(ts|tsx|mts|mjs)$/;

/** Every file of the repository but those that a command makes, from the root, with slashes. */
export function listFiles(): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (SKIPPED.test(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else found.push(relative(ROOT, path).split(sep).join("/"));
    }
  };
  walk(ROOT);
  return found;
}

/** Every source file of the repository. */
export function readRepository(): readonly Source[] {
  return listFiles()
    .filter((path) => READ.test(path))
    .map((path) => readSource(path, readFileSync(join(ROOT, path), "utf8")));
}
