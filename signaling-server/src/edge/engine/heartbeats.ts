import type { Cancel, Clock } from "@serendip/time";
import type { Connection } from "./engine.ts";
import { waitForSign } from "./patience.ts";

/** Members that each version of Engine.IO so far has, and its types have not. */
interface Inside {
  /** Refreshed by any frame, and set to null by a pong. */
  pingTimeoutTimer: { refresh(): void } | null;
  resetPingTimeout(): void;
  onClose(reason: string): void;
}

/**
 * Replaces the timer of Engine.IO's heartbeat, which runs before an answer that lies in the kernel has been read (SPEC G5).
 */
export function judgeHeartbeatsPatiently(
  connection: Connection,
  { clock, withinMs }: { clock: Clock; withinMs: number },
): void {
  const own = connection as unknown as Inside;
  let cancel: Cancel = () => undefined;
  const wait = () => {
    cancel();
    cancel = waitForSign({ clock, withinMs, onEnd: () => own.onClose("ping timeout") });
  };
  own.resetPingTimeout = () => {
    own.pingTimeoutTimer = { refresh: wait };
    wait();
  };
  connection.on("heartbeat", () => cancel());
  connection.once("close", () => cancel());
}
