import { isTurnUrl } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { runMachine } from "../base/machine-runner.ts";
import { isOver } from "../call/call-facts.machine.ts";
import type { CallState } from "../call/call-state.machine.ts";
import type { Ice } from "../ice/ice.ts";
import type { IceGatherer } from "../ice/ice-gatherer.port.ts";
import type { ServerVerdicts } from "../ice/server-verdicts.ts";
import type { Readiness } from "../signaling/readiness.port.ts";
import type { Log } from "../words/log.ts";
import {
  deadlineOf,
  type HealthEffect,
  type HealthEvent,
  type HealthState,
  reduceHealth,
} from "./health.machine.ts";

/** Looks at what a call needs while the person is asked for the camera; nothing waits for it. */
export interface HealthCheck {
  /** A verdict is to come. */
  isRunning(): boolean;
  /** The way to the network is another one. */
  forget(): void;
  /** To be called after each change of the call. */
  look(state: CallState, previous: CallState): void;
  /** To be called when `waysFailed` has become true. */
  noteWaysFailed(): void;
}

export function createHealthCheck(options: {
  readonly ports: {
    readonly clock: Clock;
    readonly log: Log;
    readonly gatherer: IceGatherer;
    readonly readiness: Readiness;
  };
  readonly ice: Pick<Ice, "ask" | "candidates" | "relayFailed">;
  /** Whether an attempt over both ways has come to nothing, and none has worked since. */
  readonly waysFailed: () => boolean;
  readonly verdicts: Pick<ServerVerdicts, "judge" | "report" | "take">;
  /** Tries at once to get to the service, where that was waiting. */
  readonly reconnect: () => void;
  readonly onError: (code: string, context: string) => void;
}): HealthCheck {
  const { ports, ice, verdicts, onError } = options;
  const { clock, log, gatherer, readiness } = ports;
  let run = new AbortController();
  let online = false;

  const runner = runMachine<HealthState | undefined, HealthEvent, HealthEffect>({
    initial: undefined,
    clock,
    tick: { type: "tick" },
    reduce: (state, event) => reduceHealth(state, event, clock.now()),
    deadlineOf,
    onFault: (error) => onError("health", String(error)),
  });
  runner.carryOut(perform);

  /** What comes after the end of its check is not heard. */
  const later = (work: (signal: AbortSignal) => Promise<HealthEvent>): void => {
    const { signal } = run;
    work(signal).then(
      (event) => {
        if (!signal.aborted) runner.dispatch(event);
      },
      (error: unknown) => onError("health", String(error)),
    );
  };

  function perform(effect: HealthEffect): void {
    switch (effect.type) {
      case "ask-readiness":
        later(async (signal) => {
          const { state } = await readiness.ask(signal);
          if (state === "silent") return { type: "readiness", why: "signaling-unreachable" };
          if (state === "limited") return { type: "readiness", why: "requests-limited" };
          if (state !== "ready") return { type: "readiness", why: "signaling-not-ready" };
          return options.waysFailed() ? { type: "readiness", why: "socket-blocked" } : { type: "answers" };
        });
        break;
      case "gather":
        later((signal) => gather(effect, signal));
        break;
      case "judge":
        verdicts.judge(effect.broken, effect.open);
        break;
      case "report":
        verdicts.take(effect.report);
        break;
      case "clean-up":
        log.warn(`Cleaning up broken ${effect.service} service`);
        if (effect.service === "signaling") options.reconnect();
        break;
      case "say":
        if (effect.ready) log.info(`Services initialized successfully on attempt ${effect.attempt}`);
        else log.warn("Services not ready after initialization attempts", { attempts: effect.attempt });
        break;
    }
  }

  async function gather(
    { attempt, limitMs, answered }: Extract<HealthEffect, { type: "gather" }>,
    signal: AbortSignal,
  ): Promise<HealthEvent> {
    const limited = online && (await ice.ask()) === "limited";
    const servers = ice
      .candidates()
      .map((server) => ({
        ...server,
        // An account from before may have ended, and would say nothing of the server.
        urls: server.urls.filter((url) => !answered.includes(url) && !(limited && isTurnUrl(url))),
      }))
      .filter(({ urls }) => urls.length > 0);
    const found =
      servers.length > 0 && !signal.aborted
        ? await gatherer.gather(servers, limitMs, signal)
        : { readings: [], busy: false };
    return { type: "gathered", attempt, limited, ...found };
  }

  return {
    isRunning: () => (runner.state()?.step ?? "done") !== "done",
    noteWaysFailed: () => runner.dispatch({ type: "ways-failed" }),
    forget() {
      run.abort();
      run = new AbortController();
      runner.dispatch({ type: "forget" });
    },
    look(state, previous) {
      const was = previous.at.phase;
      const { phase } = state.at;
      online = state.online;
      if (isOver(state) && !isOver(previous)) {
        if (phase === "failed" && was === "requesting-media" && state.at.error.area === "media")
          runner.dispatch({ type: "media", works: false });
        run.abort();
        runner.dispatch({ type: "end" });
      }
      if (phase === "requesting-media" && was !== phase) {
        run = new AbortController();
        runner.dispatch({ type: "begin", found: ice.relayFailed() ? undefined : verdicts.report() });
      }
      if (was === "requesting-media" && !isOver(state) && phase !== was)
        runner.dispatch({ type: "media", works: true });
      if (state.online && !previous.online) runner.dispatch({ type: "online" });
    },
  };
}
