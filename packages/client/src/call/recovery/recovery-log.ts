import type { Log } from "../../words/log.ts";
import { type CallState, isTroubled } from "../call-state.machine.ts";

/** Accompanies the recovery of a call: sees to it that the service hears us, and writes each step down. */
export interface RecoveryLog {
  /** To be called after each change of the call. */
  look(state: CallState, previous: CallState): void;
}

export function createRecoveryLog(options: {
  readonly log: Log;
  /** A call needs the connection to the service now. */
  readonly onTrouble: () => void;
}): RecoveryLog {
  const { log, onTrouble } = options;
  return {
    look(state, previous) {
      if (isTroubled(state) && !isTroubled(previous)) onTrouble();
      const { at } = state;
      const before = previous.at.phase === "reconnecting" ? previous.at.ladder : undefined;
      if (at.phase === "reconnecting") {
        const { rung, restarts, rebuilds } = at.ladder;
        if (restarts !== before?.restarts || rebuilds !== before.rebuilds)
          log.info("recovery", { rung, restarts, rebuilds, partner: at.partner, online: state.online });
      } else if (before) {
        const { rung, restarts, rebuilds } = before;
        log.info("recovery", { rung, restarts, rebuilds, result: at.phase });
      }
    },
  };
}
