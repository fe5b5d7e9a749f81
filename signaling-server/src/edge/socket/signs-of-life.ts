import type { Cancel, Clock } from "@serendip/time";
import type { Caller } from "../../domain/lobby/command.ts";
import type { Lobby } from "../../service/lobby.ts";

/** The signs of life of all connections, on their way to the lobby (SPEC G5). */
export interface SignsOfLife {
  note(caller: Caller): void;
  /** Tells nothing any more. */
  end(): void;
}

/**
 * How long signs of life wait for others, to be told together, milliseconds: thousands of people who do nothing cost the lobby
 * a few commands a second instead of one for each heartbeat. It is little beside the shortest time after which the sweep may
 * remove a session (STALE_AFTER_MS).
 */
const GATHER_MS = 250;

export function gatherSignsOfLife({
  clock,
  lobby,
}: {
  readonly clock: Clock;
  readonly lobby: Pick<Lobby, "touch">;
}): SignsOfLife {
  /** Each connection has one caller, however many heartbeats it sends. */
  const callers = new Set<Caller>();
  let cancel: Cancel | undefined;

  const tell = (): void => {
    cancel = undefined;
    const together = [...callers];
    callers.clear();
    // What the lobby could not be told, the next heartbeats tell.
    lobby.touch(together).catch(() => undefined);
  };

  return {
    note(caller) {
      callers.add(caller);
      cancel ??= clock.after(GATHER_MS, tell);
    },
    end() {
      cancel?.();
      callers.clear();
    },
  };
}
