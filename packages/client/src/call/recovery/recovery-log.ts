import type { Log } from "../../words/log.ts";
import type { CallState } from "../call-state.machine.ts";

/** Writes down each step of a call's recovery; to be called after each change of the call. */
export function logRecovery(log: Log): (state: CallState, previous: CallState) => void {
  return ({ at, online }, previous) => {
    const before = previous.at.phase === "reconnecting" ? previous.at.ladder : undefined;
    if (at.phase === "reconnecting") {
      const { rung, restarts, rebuilds } = at.ladder;
      if (restarts !== before?.restarts || rebuilds !== before.rebuilds)
        log.info("recovery", { rung, restarts, rebuilds, partner: at.partner, online });
    } else if (before) {
      const { rung, restarts, rebuilds } = before;
      log.info("recovery", { rung, restarts, rebuilds, result: at.phase });
    }
  };
}
