import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { listFiles, ROOT } from "../floors/source.ts";
import { type Mention, mentionsOf } from "./markdown.ts";

const FILES = listFiles();
const FOLDERS = new Set(FILES.flatMap((file) => ancestorsOf(file)));
const TOP = new Set([...FOLDERS].filter((folder) => !folder.includes("/")));

function ancestorsOf(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === "." ? [] : [parent, ...ancestorsOf(parent)];
}

/** A file as documents write it, perhaps with a name in it: `a/b.ts#name`. */
const PLACE = /^([\w@./-]+\.(?:tsx?|mts|mjs|md|css))(?:#(\w+))?$/;
const FOLDER = /^[\w@-]+(?:\/[\w@.-]+)+\/?$/;
const BUILT = /(^|\/)dist(\/|$)/;

export const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

export function rootManifest(): {
  readonly scripts: Readonly<Record<string, string>>;
  readonly packageManager: string;
} {
  return JSON.parse(read("package.json"));
}

/** Whether a line of the text begins with the name, as a declaration or a member does, and not in a comment. */
function declares(text: string, name: string): boolean {
  const words = "(?:export |async |override |readonly |get |function |const |let |class |interface |type )*";
  return new RegExp(`^\\s*${words}${name}\\b`, "m").test(text);
}

/** The files that a text between backticks may mean; undefined: it means none. */
function filesMeant(
  text: string,
): { readonly files: readonly string[]; readonly name: string | undefined } | undefined {
  const [, path, name] = PLACE.exec(text) ?? [];
  if (path !== undefined) {
    const files = FILES.filter((file) => file === path || file.endsWith(`/${path}`));
    return { files, name };
  }
  const folder = text.replace(/\/$/, "");
  if (!FOLDER.test(text) || !TOP.has(folder.split("/")[0] ?? "") || BUILT.test(folder)) return undefined;
  const isThere = FOLDERS.has(folder) || FILES.includes(folder);
  return { files: isThere ? [folder] : [], name: undefined };
}

/** A file of prose. */
export interface Prose {
  /** From the root. */
  readonly path: string;
  readonly text: string;
}

/** Where a link leads, from the root; undefined: out of the repository, or to a heading of the document itself. */
export function fileOf({ path: from }: Pick<Prose, "path">, target: string): string | undefined {
  const path = target.split("#")[0] ?? "";
  if (path === "" || /^[a-z]+:/.test(target)) return undefined;
  return posix.join(posix.dirname(from), path).replace(/\/$/, "");
}

/** The names under which GitHub knows the headings of a text. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

function* linkFaults(document: Prose, { text, target = "" }: Mention): Generator<string> {
  if (target === "") yield `[${text}] leads nowhere`;
  const file = fileOf(document, target);
  if (file !== undefined && !existsSync(join(ROOT, file))) {
    yield `[${text}] leads to ${file}, which is not there`;
    return;
  }
  const anchor = /^[a-z]+:/.test(target) ? undefined : target.split("#")[1];
  const headings = () => anchorsOf(file === undefined ? document.text : read(file));
  if (anchor !== undefined && !headings().includes(anchor)) yield `[${text}] leads to no heading`;
  const [, path, name] = PLACE.exec(text) ?? [];
  if (file === undefined || path === undefined) return;
  if (file !== path && !file.endsWith(`/${path}`)) yield `[${text}] leads to ${file}`;
  if (name !== undefined && !declares(read(file), name)) yield `${file} has no ${name}`;
}

function* spanFaults({ text }: Mention): Generator<string> {
  const meant = filesMeant(text);
  if (!meant) return;
  const { files, name } = meant;
  if (files.length === 0) yield `${text} is not there`;
  else if (name !== undefined && !files.some((file) => declares(read(file), name)))
    yield `${text}: there is no such name`;
}

/** What a document names that is not there, as sentences: files, folders, names in files, headings, npm commands. */
export function* faultsOf(document: Prose): Generator<string> {
  for (const mention of mentionsOf(document.text))
    yield* mention.target === undefined ? spanFaults(mention) : linkFaults(document, mention);
  const { scripts, packageManager } = rootManifest();
  for (const [, script = ""] of document.text.matchAll(/\bnpm (?:run )?((?<=run )[\w:-]+|start|test)\b/g))
    if (!Object.hasOwn(scripts, script)) yield `there is no npm run ${script}`;
  for (const [pinned] of document.text.matchAll(/\bpnpm@[\d.]+\d/g))
    if (pinned !== packageManager) yield `${pinned} is not ${packageManager}`;
}
