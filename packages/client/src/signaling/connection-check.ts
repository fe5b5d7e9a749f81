import type { Clock } from "@serendip/time";
import type { SignalingConnection } from "./signaling-socket.port.ts";

/** A connection that a call needs has to answer within four times what it took before, and within these bounds. */
const CHECK_MS = { least: 400, most: 1_500 } as const;

/** Makes sure that the service hears us, without waiting longer than its answers make likely. */
export interface ConnectionCheck {
  /** How long an answer took, milliseconds. */
  answered(tookMs: number): void;
  /** Asks, unless this connection is being asked; `onSilent` is called when no answer comes in time. */
  ask(connection: SignalingConnection, onSilent: () => void): void;
}

export function createConnectionCheck(clock: Pick<Clock, "after">): ConnectionCheck {
  let asked: SignalingConnection | undefined;
  /** Unknown to begin with. */
  let lastTookMs: number = CHECK_MS.most;
  return {
    answered(tookMs) {
      lastTookMs = tookMs;
    },
    ask(connection, onSilent) {
      if (asked === connection) return;
      asked = connection;
      const over = (): void => {
        cancel();
        if (asked === connection) asked = undefined;
      };
      const cancel = clock.after(Math.min(Math.max(4 * lastTookMs, CHECK_MS.least), CHECK_MS.most), () => {
        over();
        onSilent();
      });
      // Whatever the answer is, somebody has answered; and who is gone is missed already.
      connection.request("status", {}).then(over, over);
    },
  };
}
