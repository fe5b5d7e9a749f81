import type { ClientEvent } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { LimitKeys, LimitVerdict } from "../../domain/limits/quota.ts";
import type { EventClass } from "../../domain/limits/table.ts";
import type { EventMeter } from "../../ports/counting.ts";
import type { Log } from "../../ports.ts";

/** Counts what comes over one connection (SPEC B1–B4). */
export interface EventLimits {
  take(eventClass: EventClass): LimitVerdict;
  /** Counts that something was refused by a limit, and that the page was told to wait so long. */
  refused(what: EventClass | "refresh-token", retryAfterMs: number): void;
}

/**
 * As what each event counts, before it is read. The check of a signature that `refresh-token` brings is counted once more, where
 * other tokens are (SPEC B5).
 */
const CLASS_OF: Readonly<Record<ClientEvent, EventClass>> = {
  find: "find",
  leave: "leave",
  ready: "ready",
  "give-up": "ready",
  rebuild: "rebuild",
  "ice-servers": "ice-servers",
  "call-report": "call-report",
  media: "media",
  signal: "signal",
  status: "status",
  unloading: "other",
  "refresh-token": "other",
};

/** As what an event counts, whatever its name is. */
export function classOf(name: unknown): EventClass {
  const isKnown = typeof name === "string" && Object.hasOwn(CLASS_OF, name);
  return isKnown ? CLASS_OF[name as ClientEvent] : "other";
}

/**
 * As what part of a refusal a signal counts that comes while its sender is told to wait: a page has a hundred of them under way
 * before it hears that, and an older one sends all of them again after each pause.
 */
const UNDER_WAY = 1 / 100;

export function limitEvents(parts: {
  readonly meter: EventMeter;
  readonly keys: LimitKeys;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly sessionId: () => string | undefined;
  /** Called with what was refused. */
  readonly onRefused: (what: EventClass) => void;
  /** The page does not wait when it is told to, and nothing more of it is heard for so long. */
  readonly onStrikesOver: (pauseMs: number) => void;
}): EventLimits {
  const { meter, keys, clock, log, sessionId, onRefused, onStrikesOver } = parts;
  const counts = meter.countsOf(keys);
  let signalsWaitUntil = 0;

  const weightOf = (what: EventClass | "refresh-token", retryAfterMs: number): number => {
    if (what !== "signal") return 1;
    const now = clock.now();
    const isUnderWay = now < signalsWaitUntil;
    signalsWaitUntil = Math.max(signalsWaitUntil, now + retryAfterMs);
    return isUnderWay ? UNDER_WAY : 1;
  };

  return {
    take: counts.take,
    refused(what, retryAfterMs) {
      log.info("A page is told to wait", { sessionId: sessionId(), what });
      // The limiter of tokens counts its own refusals.
      if (what !== "refresh-token") onRefused(what);
      const pauseMs = counts.strike(weightOf(what, retryAfterMs));
      if (pauseMs === undefined) return;
      log.info("Connection closed: it does not wait when it is told to", { sessionId: sessionId(), what });
      onStrikesOver(pauseMs);
    },
  };
}
