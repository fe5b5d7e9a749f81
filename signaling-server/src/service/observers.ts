import type { Log } from "../ports.ts";
import type { LobbyStore, Played } from "../store/lobby-store.ts";

/** Takes in the outcomes of the store, one after the other. */
export type OutcomeObserver = (played: Played) => void;

/**
 * Hands each outcome to every observer, in the order of the list. An observer that throws does not keep the others from it:
 * a ticket that cannot be signed must not cost the next person the match.
 */
export function tellObservers(
  store: Pick<LobbyStore, "follow">,
  observers: readonly OutcomeObserver[],
  log: Log,
): void {
  store.follow((played) => {
    for (const observe of observers)
      try {
        observe(played);
      } catch (error) {
        log.error("An outcome could not be taken in", {
          command: played.command.type,
          error: error instanceof Error ? error.stack : String(error),
        });
      }
  });
}
