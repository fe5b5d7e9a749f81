/** The ids in a title's brackets: `[M3] two tabs meet (C46, C47)`. */
export function idsOf(title: string): readonly string[] {
  const brackets = title.match(/\[[^\]]*\]|\([^)]*\)/g) ?? [];
  return brackets.flatMap((text) => text.match(/\b[A-Z]\d+\b/g) ?? []);
}

interface Requirement {
  readonly id: string;
  /** Undefined where the document says none of the three. */
  readonly standing: "met" | "partly" | "open" | undefined;
  readonly text: string;
}

const STANDINGS = ["met", "partly", "open"] as const;

function requirementsOf(document: string): readonly Requirement[] {
  const entries = document.matchAll(/^- \*\*([A-Z]\d+)\*\* (\w*)\.?(.*(?:\n {2}.*)*)/gm);
  return [...entries].map(([, id = "", word, text = ""]) => ({
    id,
    standing: STANDINGS.find((each) => each === word),
    text,
  }));
}

/** Ids of one letter have the numbers from 1 on, so that one that was lost is noticed. */
function* numberFaults(ids: readonly string[]): Generator<string> {
  for (const letter of new Set(ids.map((id) => id.slice(0, 1)))) {
    const numbers = ids.filter((id) => id.startsWith(letter)).map((id) => Number(id.slice(1)));
    for (let number = 1; number < Math.max(...numbers); number += 1)
      if (!numbers.includes(number)) yield `${letter}${number} is not defined`;
  }
}

/** What does not fit between the document of requirements and invariants and the titles of tests, as sentences. */
export function* requirementFaults(document: string, titles: readonly string[]): Generator<string> {
  const requirements = requirementsOf(document);
  const ids = requirements.map(({ id }) => id);
  const named = new Set(titles.flatMap(idsOf).filter((id) => /^[CI]/.test(id)));
  yield* numberFaults(ids);
  for (const id of named) if (!ids.includes(id)) yield `${id} is named by a test, and not defined`;
  for (const [index, { id, standing, text }] of requirements.entries()) {
    if (ids.indexOf(id) < index) yield `${id} is defined twice`;
    if (standing === undefined) yield `${id} has no standing`;
    if (standing === "met" && !named.has(id)) yield `${id} is met, and no test names it`;
    if (standing === "open" && named.has(id)) yield `${id} is open, and a test names it`;
    if (standing === "partly" && !/Missing:\s/.test(text)) yield `${id} does not say what is missing`;
  }
}
