import { LIMITS } from "@serendip/protocol";
import { type Clock, deadlineTimer } from "@serendip/time";
import type { LobbyMessage } from "../signaling/signaling.ts";
import type { NegotiationId } from "../words/room-ref.ts";
import { createIntakePace, type IntakeKind } from "./intake-pace.ts";

/**
 * Takes in what the partner brings about, at a pace that leaves the page its time for the person (SPEC R18). What is too much
 * waits, in its order, and only the newest of it; of candidates it is dropped.
 */
export interface Intake {
  take(message: LobbyMessage): void;
  /** From now on it is this partner, or none; what the one before has left is dropped. */
  enter(roomId: string | undefined): void;
  /** What waits is of no use: the server says anew how things are. */
  forget(): void;
}

/** What a partner can make the server send. */
type Partners = Extract<LobbyMessage, { event: "partner-away" | "partner-back" | "signal" }>;

const isPartners = (message: LobbyMessage): message is Partners =>
  message.event === "signal" || message.event === "partner-back" || message.event === "partner-away";

const isDescription = (message: Partners): boolean =>
  message.event === "signal" &&
  (message.body.signal.kind === "offer" || message.body.signal.kind === "answer");

const kindIn = (message: Partners): string =>
  message.event === "signal" ? message.body.signal.kind : message.event;

/** Whether a newer message makes an older one that waits superfluous. */
function replaces(newer: Partners, older: Partners): boolean {
  if (newer.event === "partner-back")
    return older.event !== "signal" || older.body.generation < newer.body.generation;
  if (newer.event === "partner-away") return older.event === "partner-away";
  if (older.event !== "signal" || older.body.generation !== newer.body.generation) return false;
  // Another description makes the one before of no use, and the candidates that belong to it.
  return isDescription(newer) && (isDescription(older) || kindIn(older) === "candidate");
}

export function createIntake(options: {
  readonly clock: Clock;
  /** The present negotiation. */
  readonly present: () => NegotiationId | undefined;
  readonly pass: (message: LobbyMessage) => void;
  /** For the first time something of this partner has to wait. */
  readonly onTooMuch: () => void;
}): Intake {
  const { clock, present, pass, onTooMuch } = options;
  let pace = createIntakePace(clock);
  let partner: string | undefined;
  let told = false;
  let waiting: readonly Partners[] = [];
  const timer = deadlineTimer(clock, goOn);

  function kindOf(message: Partners): IntakeKind {
    if (message.event === "signal") return message.body.signal.kind;
    const isNew = message.event === "partner-back" && message.body.generation > (present()?.generation ?? 0);
    return isNew ? "generation" : "word";
  }

  function keep(message: Partners): void {
    if (!told) onTooMuch();
    told = true;
    const rest = waiting.filter((older) => !replaces(message, older));
    const same = rest.filter((older) => kindIn(older) === kindIn(message)).length;
    const most = kindIn(message) === "candidate" ? LIMITS.candidatesPerDescription : 1;
    const fits = message.event !== "signal" || isDescription(message) || same < most;
    waiting = fits ? [...rest, message] : rest;
  }

  function goOn(): void {
    for (let [first] = waiting; first; [first] = waiting) {
      const waitMs = pace.waitFor(kindOf(first));
      if (waitMs > 0) {
        timer.pointAt(clock.now() + waitMs);
        return;
      }
      waiting = waiting.slice(1);
      pass(first);
    }
    timer.pointAt(undefined);
  }

  function forget(): void {
    waiting = [];
    timer.pointAt(undefined);
  }

  return {
    take(message) {
      if (!isPartners(message) || message.body.roomId !== partner) {
        pass(message);
        return;
      }
      if (waiting.length > 0) {
        keep(message);
        return;
      }
      const waitMs = pace.waitFor(kindOf(message));
      if (waitMs === 0) pass(message);
      else if (kindIn(message) !== "candidate") {
        keep(message);
        timer.pointAt(clock.now() + waitMs);
      }
    },
    enter(roomId) {
      if (roomId === partner) return;
      partner = roomId;
      pace = createIntakePace(clock);
      told = false;
      forget();
    },
    forget,
  };
}
