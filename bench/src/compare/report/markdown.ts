import type { GoalSummary, Row, SectionSummary, Summary } from "./summary.ts";
import { circumstancesOf, digits, ratioOf, withSpread } from "./words.ts";

/** Rows as a Markdown table, the first as its head, in columns that a person can read as they are. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(head), line(rule), ...rows.slice(1).map(line)].join("\n");
}

export const limitOf = ({ isReachedBy, limit, base }: GoalSummary): string =>
  `${isReachedBy === "less" ? "≤" : "≥"} ${digits(limit)}${base ? "×" : ""}`;

function goalsTable(goals: readonly GoalSummary[]): string {
  const hasBefore = goals.some(({ before }) => before);
  return markdownTable([
    ["", ...(hasBefore ? ["before"] : []), "now", "goal", ""],
    ...goals.map((goal) => [
      goal.title,
      ...(hasBefore ? [goal.before ? withSpread(goal.before) : "–"] : []),
      withSpread(goal.spread),
      limitOf(goal),
      goal.isReached ? "reached" : "not reached",
    ]),
  ]);
}

const rowOf = ({ label, reached }: Row, section: SectionSummary): readonly string[] => [
  label,
  ...reached.map(({ spread, ratios }, n) => {
    const { unit } = section.figures[n] ?? {};
    const { "socket.io": bare, before } = ratios;
    const toBare = bare ? `; ${ratioOf(bare)}` : "";
    return `${withSpread(spread, unit)}${toBare}${before && label === OURS ? `, ${ratioOf(before)} of before` : ""}`;
  }),
];

function sectionTable(section: SectionSummary): string {
  const head = section.figures.map(({ title, unit }) => (unit === "count" ? title : `${title}, ${unit}`));
  return `## ${section.title}\n\n${markdownTable([["", ...head], ...section.rows.map((row) => rowOf(row, section))])}`;
}

const list = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${line.split("\n", 1)[0]}`).join("\n")];

const OURS = "Serendip";

/** The whole report as Markdown. After a `;` stands the ratio to the bare Socket.IO relay. */
export function renderMarkdown(summary: Summary): string {
  const parts = [
    "# Serendip beside a bare relay",
    circumstancesOf(summary)
      .map((sentence) => `- ${sentence}`)
      .join("\n"),
    ...(summary.goals.length > 0 ? ["## Goals", goalsTable(summary.goals)] : []),
    ...summary.sections.map(sectionTable),
    ...list("In doubt", summary.doubts),
    ...list("Refused by servers", summary.complaints),
    ...list("Failed", summary.faults),
  ];
  return `${parts.join("\n\n")}\n`;
}
