import type { Log } from "../ports.ts";
import type { LobbyStore, Played } from "../store/lobby-store.ts";

/** Takes in what the store tells, outcome after outcome. */
export type OutcomeObserver = (played: Played) => void;

/**
 * Hands each outcome to every observer, in the order of the list. One that throws keeps nobody else from hearing it: a ticket
 * that cannot be signed must not cost the next person the match.
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
