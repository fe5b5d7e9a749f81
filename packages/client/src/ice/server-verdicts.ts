import type { Clock } from "@serendip/time";
import { runMachine } from "../base/machine-runner.ts";
import type { HealthReport, IceServerFault } from "../words/chat-health.ts";
import {
  aged,
  deadlineOf,
  NO_VERDICTS,
  reduceVerdicts,
  type VerdictEvent,
  type VerdictState,
} from "./server-verdicts.machine.ts";

/** The one owner of what this page has found out about the servers of calls; each finding ages (SPEC K23). */
export interface ServerVerdicts {
  /** TURN servers that do not work, by their URL. */
  broken(): ReadonlyMap<string, IceServerFault>;
  report(): HealthReport | undefined;
  /** @param open URLs of which counts what was known before. */
  judge(broken: readonly IceServerFault[], open: readonly string[]): void;
  take(report: HealthReport): void;
  /** What was found in another network does not count here. */
  forget(): void;
  /** From now on called when another verdict counts, or one no more. */
  watch(look: () => void): void;
}

export function createServerVerdicts(options: {
  readonly clock: Clock;
  readonly onError: (code: string, context: string) => void;
}): ServerVerdicts {
  const { clock, onError } = options;
  const runner = runMachine<VerdictState, VerdictEvent, never>({
    initial: NO_VERDICTS,
    clock,
    tick: { type: "tick" },
    reduce: (state, event) => reduceVerdicts(state, event, clock.now()),
    deadlineOf,
    onFault: (error) => onError("fault", String(error)),
  });
  const current = () => aged(runner.state(), clock.now());
  return {
    broken: () => current().broken,
    report: () => current().report,
    judge: (broken, open) => runner.dispatch({ type: "judged", broken, open }),
    take: (report) => runner.dispatch({ type: "reported", report }),
    forget: () => runner.dispatch({ type: "forget" }),
    watch: runner.watch,
  };
}
