/** A place that a document names. */
export interface Mention {
  /** As a reader sees it, without backticks. */
  readonly text: string;
  /** Where a link leads; undefined for a name between backticks alone, and `""` for a link to a label that nobody defines. */
  readonly target: string | undefined;
}

const FENCES = /^```.*?^```$/gms;
const DEFINITIONS = /^\[([^[\]]+)\]: (\S+)$/gm;
const LINKS = /\[([^[\]]+)\](?:\(([^()\s]+)\)|\[([^[\]]+)\])/g;
const SPANS = /`([^`\n]+)`/g;

/** What stands between two headings of the same or a higher level, without the headings; empty where there is no such one. */
export function sectionOf(text: string, heading: string): string {
  const level = /^#*/.exec(heading)?.[0].length ?? 0;
  const [, after = ""] = `\n${text}`.split(`\n${heading}\n`);
  return after.split(new RegExp(`^#{1,${level}} `, "m"))[0] ?? "";
}

/** The links of a text, and what else stands between backticks; code blocks are no text. */
export function mentionsOf(text: string): readonly Mention[] {
  const prose = text.replaceAll(FENCES, "");
  const labels = new Map([...prose.matchAll(DEFINITIONS)].map(([, label = "", to = ""]) => [label, to]));
  const links = [...prose.matchAll(LINKS)].map(([, shown = "", to, label = ""]) => ({
    text: shown.replaceAll("`", ""),
    target: to ?? labels.get(label) ?? "",
  }));
  const rest = prose.replaceAll(DEFINITIONS, "").replaceAll(LINKS, "");
  const spans = [...rest.matchAll(SPANS)].map(([, span = ""]) => ({ text: span, target: undefined }));
  return [...links, ...spans];
}

/** The rows of a text's tables, heads and rules left out, as their cells. */
export function rowsOf(text: string): readonly (readonly string[])[] {
  const tables = text.match(/(^\|.*\n)+/gm) ?? [];
  return tables.flatMap((table) =>
    table
      .trim()
      .split("\n")
      .slice(2)
      .map((row) =>
        row
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

/** What stands between backticks in a piece of text. */
export const spansOf = (text: string): readonly string[] =>
  [...text.matchAll(SPANS)].map(([, span = ""]) => span);
