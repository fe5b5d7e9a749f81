import type { TabMemory } from "../tab/tab-memory.ts";
import type { SignalingState } from "./signaling-state.machine.ts";
import { kept } from "./ways.machine.ts";

/** Keeps in the tab what is known of the ways. Only once the service has been met: a page that does nothing writes nothing. */
export function noteWays(memory: Pick<TabMemory, "current" | "note">, { at, ways }: SignalingState): void {
  if (at.name !== "online" || !ways) return;
  const polling = kept(ways);
  if (polling?.webSocketAt !== memory.current().polling?.webSocketAt) memory.note({ polling });
}

/** Which way the connection goes, for the log. */
export const wayOf = ({ at }: SignalingState) => (at.name === "online" ? { way: at.way } : {});
