/** Counts the turns of the event loop, so that a test can say what happens within one. */
export function countTurns(): { readonly turn: () => number; stop(): void } {
  let turn = 0;
  let counting = true;
  const next = () => {
    turn += 1;
    if (counting) setImmediate(next);
  };
  setImmediate(next);
  return {
    turn: () => turn,
    stop() {
      counting = false;
    },
  };
}

/** How often the most frequent one is there. */
export function mostInOne(turns: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const turn of turns) counts.set(turn, (counts.get(turn) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
