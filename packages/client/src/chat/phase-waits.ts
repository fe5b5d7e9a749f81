import type { Cancel, Clock } from "@serendip/time";
import type { ChatStatus } from "../words/chat-snapshot.ts";
import type { PhaseWait } from "./engine-api.ts";

const LIMIT_MS = 30_000;

/** Those who wait for the chat to get somewhere. */
export interface PhaseWaits {
  add(now: ChatStatus, phases: readonly ChatStatus["phase"][], limitMs?: number): Promise<PhaseWait>;
  /** The chat is at `status` now. */
  look(status: ChatStatus): void;
  /** Nothing more will happen. */
  end(): void;
}

interface Waiting {
  readonly phases: readonly ChatStatus["phase"][];
  /** The chat has been under way since the wait began. */
  moved: boolean;
  readonly settle: (result: PhaseWait) => void;
}

export function createPhaseWaits(clock: Clock): PhaseWaits {
  const waiting = new Set<Waiting>();

  const look = (one: Waiting, status: ChatStatus): void => {
    const over = status.phase === "failed" || (status.phase === "idle" && one.moved);
    one.moved ||= status.phase !== "idle";
    if (one.phases.includes(status.phase)) one.settle({ ok: true, status });
    else if (over) one.settle({ ok: false, code: "failed" });
  };

  return {
    add: (now, phases, limitMs = LIMIT_MS) =>
      new Promise((resolve) => {
        const cancel: Cancel = clock.after(limitMs, () => one.settle({ ok: false, code: "timeout" }));
        const one: Waiting = {
          phases,
          moved: false,
          settle: (result) => {
            waiting.delete(one);
            cancel();
            resolve(result);
          },
        };
        waiting.add(one);
        look(one, now);
      }),
    look: (status) => {
      for (const one of [...waiting]) look(one, status);
    },
    end: () => {
      for (const one of [...waiting]) one.settle({ ok: false, code: "disposed" });
    },
  };
}
