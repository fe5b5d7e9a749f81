import { Window } from "happy-dom";
import { limitOf } from "./markdown.ts";
import { type Drawing, drawCurves, drawFigure, drawGoals, legendOf } from "./plots.ts";
import type { GoalSummary, SectionSummary, Summary } from "./summary.ts";
import { circumstancesOf, ratioOf, withSpread } from "./words.ts";

const STYLE = `
  :root { color-scheme: light; }
  body { font: 15px/1.5 system-ui, sans-serif; color: #1f2328; max-width: 900px; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; border-top: 1px solid #d0d7de; padding-top: 1rem; }
  ul { padding-left: 1.2rem; } figure { margin: 0; } figcaption { font-weight: 600; font-size: 0.9rem; }
  figure svg { max-width: 100%; height: auto; font-size: 12px; }
  .small { display: grid; grid-template-columns: repeat(auto-fill, minmax(400px, 1fr)); gap: 1rem; }
  .scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.85rem; margin: 1rem 0; }
  th, td { padding: 0.25rem 0.6rem; text-align: right; border-bottom: 1px solid #d0d7de; white-space: nowrap; }
  th:first-child, td:first-child { text-align: left; } .yes { color: #1a7f37; } .no { color: #cf222e; }
  .legend { display: flex; flex-wrap: wrap; gap: 1rem; list-style: none; padding: 0; }
  .legend i { display: inline-block; width: 0.9rem; height: 0.9rem; border-radius: 2px; margin-right: 0.4rem; vertical-align: -2px; }
`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const figureOf = ({ caption, svg }: Drawing): string =>
  `<figure><figcaption>${escaped(caption)}</figcaption>${svg}</figure>`;

const row = (tag: "th" | "td", cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="scroll"><table><thead>${row("th", head.map(escaped))}</thead><tbody>${rows.map((cells) => row("td", cells)).join("")}</tbody></table></div>`;

function goalsTable(goals: readonly GoalSummary[]): string {
  const hasBefore = goals.some(({ before }) => before);
  return table(
    ["", ...(hasBefore ? ["before"] : []), "now", "goal", ""],
    goals.map((goal) => [
      escaped(goal.title),
      ...(hasBefore ? [goal.before ? withSpread(goal.before) : "–"] : []),
      withSpread(goal.spread),
      limitOf(goal),
      goal.isReached ? '<span class="yes">reached</span>' : '<span class="no">not reached</span>',
    ]),
  );
}

function sectionPart(document: Document, section: SectionSummary): string {
  const { title, figures, rows } = section;
  const drawings = figures
    .filter(({ isCompared }) => isCompared)
    .flatMap((figure) => drawFigure(document, section, figure) ?? []);
  const cells = rows.map(({ label, reached }) => [
    escaped(label),
    ...reached.map(({ spread, ratios }, n) => {
      const bare = ratios["socket.io"];
      return `${withSpread(spread, figures[n]?.unit)}${bare ? ` <b>${ratioOf(bare)}</b>` : ""}`;
    }),
  ]);
  const head = figures.map(({ title: name, unit }) => (unit === "count" ? name : `${name}, ${unit}`));
  return `<h2>${escaped(title)}</h2><div class="small">${drawings.map(figureOf).join("")}</div>${table(["", ...head], cells)}`;
}

const list = (title: string, lines: readonly string[]): string =>
  lines.length === 0
    ? ""
    : `<h2>${title}</h2><ul>${lines.map((line) => `<li>${escaped(line.split("\n", 1)[0] ?? "")}</li>`).join("")}</ul>`;

/** The whole report as one page that needs nothing else: no script, no file beside it, no network. */
export async function drawPage(summary: Summary): Promise<string> {
  const window = new Window();
  try {
    // What is drawn needs no more of a document than this one has.
    const document = window.document as unknown as Document;
    const legend = legendOf(summary).map(
      ({ label, colour }) => `<li><i style="background:${colour}"></i>${escaped(label)}</li>`,
    );
    const curves = drawCurves(document, summary);
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Serendip beside a bare relay</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Serendip beside a bare relay</h1>
<ul>${circumstancesOf(summary)
      .map((sentence) => `<li>${escaped(sentence)}</li>`)
      .join("")}</ul>
<ul class="legend">${legend.join("")}</ul>
${summary.goals.length > 0 ? `<h2>Goals</h2>${figureOf(drawGoals(document, summary.goals))}${goalsTable(summary.goals)}` : ""}
${curves.length > 0 ? `<h2>Curves</h2>${curves.map(figureOf).join("")}` : ""}
${summary.sections.map((section) => sectionPart(document, section)).join("\n")}
${list("In doubt", summary.doubts)}
${list("Refused by servers", summary.complaints)}
${list("Failed", summary.faults)}
</body>
</html>
`;
  } finally {
    await window.happyDOM.close();
  }
}
