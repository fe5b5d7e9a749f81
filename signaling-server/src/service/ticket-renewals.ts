import type { RoomId } from "@serendip/protocol";
import { type Clock, deadlineTimer } from "@serendip/time";
import { createDeadlines, type Deadline } from "../domain/collections/deadlines.ts";
import type { Fact } from "../domain/lobby/command.ts";

/** When the tickets of each room are renewed: once in `renewMs`, and those of all rooms evenly spread over that time. */
export interface TicketRenewals {
  /** Takes in the facts of one outcome. No timer is set while nobody is in a room. */
  observe(facts: readonly Fact[]): void;
  stop(): void;
}

/** Renewals of so long are done together: one by one they would need a timer each, and a second's together keep others waiting. */
const GATHER_MS = 50;
/** Multiples of it, without their whole parts, are evenly spread however many there are: the golden ratio's fraction. */
const SPREAD = 0.618_033_988_749_894_9;

export function createTicketRenewals({
  clock,
  renewMs,
  renew,
}: {
  readonly clock: Clock;
  readonly renewMs: number;
  /** Sends newer tickets to the members of a room. */
  readonly renew: (roomId: RoomId) => void;
}): TicketRenewals {
  const deadlines = createDeadlines<RoomId>();
  const renewalOf = new Map<RoomId, Deadline<RoomId>>();
  /** The part of `renewMs` by which the next room's first renewal comes earlier; its ticket is new then in any case. */
  let share = 0;
  let renewedAt = Number.NEGATIVE_INFINITY;

  const timer = deadlineTimer(clock, () => {
    renewedAt = clock.now();
    for (let due = deadlines.takeDue(renewedAt); due; due = deadlines.takeDue(renewedAt)) {
      // The process, or the machine, may have stood still for longer.
      arm(due.due, due.at + renewMs > renewedAt ? due.at + renewMs : renewedAt + renewMs);
      renew(due.due);
    }
    point();
  });

  const point = (): void => {
    const next = deadlines.next();
    timer.pointAt(next === undefined ? undefined : Math.max(next, renewedAt + GATHER_MS));
  };

  const arm = (roomId: RoomId, at: number): void => {
    renewalOf.set(roomId, deadlines.arm(at, roomId));
  };

  const observeOne = (fact: Fact): boolean => {
    if (fact.type === "room-opened" && !renewalOf.has(fact.roomId)) {
      arm(fact.roomId, clock.now() + Math.ceil((1 - share) * renewMs));
      share = (share + SPREAD) % 1;
      return true;
    }
    if (fact.type !== "room-ended") return false;
    deadlines.cancel(renewalOf.get(fact.roomId));
    return renewalOf.delete(fact.roomId);
  };

  return {
    observe(facts) {
      let changed = false;
      for (const fact of facts) changed = observeOne(fact) || changed;
      if (changed) point();
    },
    stop: () => timer.pointAt(undefined),
  };
}
