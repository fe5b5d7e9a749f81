/** Longest text that is compared with names. */
const LONGEST_CHARS = 60;

/** @param {string} name */
const fold = (name) => name.replaceAll(/[^A-Za-z0-9]/g, "").toUpperCase();

/**
 * Number of letters that have to be put in, left out, replaced, or swapped with their neighbour to get from one to the
 * other.
 *
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  /** @type {number[][]} */
  const rows = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= one.length; row += 1) {
    /** @type {number[]} */
    const current = [row];
    const cell = (/** @type {number} */ up, /** @type {number} */ column) => rows[row - up]?.[column] ?? 0;
    for (let column = 1; column <= other.length; column += 1) {
      const differs = one[row - 1] === other[column - 1] ? 0 : 1;
      const swapped = row > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        cell(1, column) + 1,
        (current[column - 1] ?? 0) + 1,
        cell(1, column - 1) + differs,
        swapped ? cell(2, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows.push(current);
  }
  return rows.at(-1)?.at(-1) ?? 0;
}

/**
 * Largest distance at which a name counts as meant. A short name is near to many words: HOME must not be taken for HOST.
 * @param {string} folded
 */
const patience = (folded) => Math.min(3, Math.max(1, Math.floor(folded.length / 5)));

/** @type {typeof import("./likely.mjs").likelyName} */
export function likelyName(name, known) {
  const folded = fold(name);
  if (folded === "" || folded.length > LONGEST_CHARS) return undefined;
  const others = known.map((one) => ({ one, text: fold(one) }));
  const same = others.find(({ text }) => text === folded || text === `${folded}MS`);
  if (same !== undefined) return same.one;
  const [nearest] = others
    // No two texts are nearer than their lengths, which are compared at once.
    .filter(({ text }) => Math.abs(text.length - folded.length) <= patience(text))
    .map(({ one, text }) => ({ one, text, away: distance(folded, text) }))
    .filter(({ text, away }) => away <= patience(text))
    .sort((left, right) => left.away - right.away);
  return nearest?.one;
}
