import type { Clock } from "@serendip/time";
import { apply, createLobby } from "../domain/lobby-state.ts";
import { callerSession, inspectLobby, positionOf, statsOf } from "../domain/reports.ts";
import type { LobbySettings } from "../domain/settings.ts";
import { crowdOf, stateOf } from "../domain/views.ts";
import type { LobbyStore } from "./lobby-store.ts";

export interface MemoryLobbyStoreOptions {
  readonly clock: Clock;
  readonly settings: LobbySettings;
  /** Unique to this run of this server: room ids start with it. */
  readonly instanceId: string;
}

/** The lobby in this process' memory. Atomic because the kernel is synchronous; forgets everything with the process. */
export function memoryLobbyStore({ clock, settings, instanceId }: MemoryLobbyStoreOptions): LobbyStore {
  const lobby = createLobby(settings, instanceId);
  return {
    execute: async (command) => apply(lobby, command, clock.now()),
    status: async (caller) => {
      const session = callerSession(lobby, caller);
      if (!session) return undefined;
      return { state: stateOf(session), crowd: crowdOf(lobby), position: positionOf(lobby, session) };
    },
    nextDeadline: async () => lobby.deadlines.next(),
    stats: async () => statsOf(lobby),
    inspect: async (limit) => inspectLobby(lobby, limit),
  };
}
