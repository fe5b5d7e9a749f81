import { Broken, type Holds, type Invariant, type Watch, type Watcher } from "./invariant.ts";

/** What many histories together tell of each promise. */
export interface Findings {
  /** Watches one history. What is broken is noted, and not judged any more; the history goes on. */
  watch(): Watch;
  /** How often each promise was judged. */
  readonly judged: ReadonlyMap<Invariant, number>;
  /** How each of those that did not hold was broken first. */
  readonly broken: ReadonlyMap<Invariant, Broken>;
}

const holdsFor =
  (invariant: Invariant, onJudged: () => void): Holds =>
  (condition, what, details) => {
    onJudged();
    if (!condition) throw new Broken(invariant, what, details);
  };

/** @param bystander watches each history as well, and judges nothing. */
export function createFindings(invariants: readonly Invariant[], bystander: () => Watcher): Findings {
  const judged = new Map<Invariant, number>();
  const broken = new Map<Invariant, Broken>();
  return {
    judged,
    broken,
    watch() {
      const watchers = invariants.map((invariant) => {
        const count = () => judged.set(invariant, (judged.get(invariant) ?? 0) + 1);
        return { invariant, watcher: invariant.watch(holdsFor(invariant, count)) };
      });
      const onlooker = bystander();
      return (look) => {
        look(onlooker);
        for (const { invariant, watcher } of watchers) {
          if (broken.has(invariant)) continue;
          try {
            look(watcher);
          } catch (error) {
            if (!(error instanceof Broken)) throw error;
            broken.set(invariant, error);
          }
        }
      };
    },
  };
}

/** Watches one history for one promise, and ends it when that is broken. */
export function watchFor(invariant: Invariant): Watch {
  const watcher = invariant.watch(holdsFor(invariant, () => undefined));
  return (look) => look(watcher);
}
