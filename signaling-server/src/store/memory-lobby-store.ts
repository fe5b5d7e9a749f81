import type { Clock } from "@serendip/time";
import { apply, createLobbyState } from "../domain/lobby/apply.ts";
import type { LobbySettings } from "../domain/lobby/settings.ts";
import { callerSession, inspectLobby, ownerOf, positionOf, statsOf } from "../domain/lobby/summaries.ts";
import { crowdOf, stateOf } from "../domain/lobby/views.ts";
import { type LobbyStore, type Played, StoreUnavailable } from "./lobby-store.ts";

export interface MemoryLobbyStoreOptions {
  readonly clock: Clock;
  readonly settings: LobbySettings;
  /** Unique to this run of this server: room ids start with it. */
  readonly instanceId: string;
}

/** The lobby in this process' memory. Atomic because the kernel is synchronous; forgets everything with the process. */
export function memoryLobbyStore({ clock, settings, instanceId }: MemoryLobbyStoreOptions): LobbyStore {
  const lobby = createLobbyState(settings, instanceId);
  let tell: (played: Played) => void = () => undefined;
  /** Outcomes that the listener has not been told yet: while it takes one in, it may execute the next command. */
  const untold: Played[] = [];
  let telling = false;
  let closed = false;

  const tellAll = (): void => {
    if (telling) return;
    telling = true;
    try {
      for (let next = untold.shift(); next; next = untold.shift()) tell(next);
    } finally {
      telling = false;
    }
  };

  return {
    async execute(command) {
      if (closed) throw new StoreUnavailable("The store is closed.");
      const outcome = apply(lobby, command, clock.now());
      untold.push({ command, outcome, dueAt: lobby.deadlines.next() ?? Number.POSITIVE_INFINITY });
      tellAll();
      return outcome;
    },
    follow(listener) {
      tell = listener;
    },
    status: async (caller) => {
      const session = callerSession(lobby, caller);
      if (!session) return undefined;
      return { state: stateOf(session), crowd: crowdOf(lobby), position: positionOf(lobby, session) };
    },
    knows: async (userId) => lobby.sessionOfUser.has(userId),
    whoseIs: async (sessionId) => ownerOf(lobby, sessionId),
    nextDeadline: async () => lobby.deadlines.next(),
    stats: async () => statsOf(lobby),
    inspect: async (limit) => inspectLobby(lobby, limit, clock.now()),
    async close() {
      closed = true;
    },
  };
}
