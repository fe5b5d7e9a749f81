import type { Clock } from "@serendip/time";
import type { ChatDiagnostics } from "../words/chat-snapshot.ts";
import type { Log } from "../words/log.ts";
import type { RoomRef } from "../words/room-ref.ts";

/** The last errors, each with where it came from; the newest last. */
export interface Diagnostics {
  onError(code: string, context: string): void;
  report(
    facts: Omit<ChatDiagnostics, "roomId" | "generation" | "lastErrors"> & {
      readonly room: RoomRef | undefined;
    },
  ): ChatDiagnostics;
}

/** More than a service that is away leaves behind until the slow lane: each attempt in vain is told of by two lines. */
const KEPT_ERRORS = 50;

export function createDiagnostics(clock: Clock, log: Log): Diagnostics {
  let lastErrors: ChatDiagnostics["lastErrors"] = [];
  return {
    onError(code, context) {
      lastErrors = [...lastErrors, { at: clock.now(), code, context }].slice(-KEPT_ERRORS);
      log.warn(code, { context });
    },
    report: ({ room, ...facts }) => ({
      ...facts,
      roomId: room?.roomId,
      generation: room?.generation,
      lastErrors,
    }),
  };
}
