import type { ClientBody } from "@serendip/protocol";
import { isInRoom } from "../call-facts.machine.ts";
import type { CallState } from "../call-state.machine.ts";

/** Tells the service whether the partner's media flows. */
export interface FlowReport {
  /** To be called after each change of the call. */
  look(state: CallState): void;
}

/**
 * Says each fact once for each connection to the service, which forgets it with the room's generation (SPEC G10). Before
 * media has flowed there is nothing to say: not knowing and not flowing are the same to the service.
 */
export function createFlowReport(tell: (fact: ClientBody<"media">) => void): FlowReport {
  let told: string | undefined;
  return {
    look({ at, online }) {
      if (!online || !isInRoom(at) || at.phase === "connecting") {
        told = undefined;
        return;
      }
      const { roomId, generation } = at.room;
      const flowing = at.phase === "connected" && at.flow !== "stalled";
      const fact = `${roomId} ${generation} ${flowing}`;
      if (fact === told) return;
      told = fact;
      tell({ roomId, generation, flowing });
    },
  };
}
