import type { ErrorCode, RoomId, SessionId, SignalEnvelope } from "@serendip/protocol";
import { type Allowance, type Budget, type Clock, createBudget } from "@serendip/time";
import type { Caller, Fact } from "../../domain/lobby/command.ts";
import type { Courier, FloodMeter } from "../../ports.ts";
import { type KnownRoom, type Membership, memberIn, partnerIn } from "../membership.ts";
import { admit, advance, bytesOf, countedAs, drain, keep, type Lane, openLane } from "./lane.ts";
import { withoutAddresses } from "./relay-only.ts";

export type RelayVerdict =
  | { readonly ok: true }
  /** `isFlood`: the sender was refused so often that the room has to end (SPEC R17). */
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly retryAfterMs?: number;
      readonly isFlood?: true;
    }
  /** The buffer for the partner is full: the room's generation has to be raised (SPEC R6). */
  | { readonly ok: false; readonly code: "partner_unreachable"; readonly generation: number };

/** How many signals have come to a page, by its own word. */
export interface Received {
  readonly generation: number;
  readonly count: number;
}

/**
 * Forwards signals between the two members of a room (SPEC R2–R6, K10–K12) and never asks the store. Synchronous throughout, so
 * signals of one sender keep their order.
 */
export interface Relay {
  /** Forgets what belongs to rooms that have ended. */
  observe(facts: readonly Fact[]): void;
  relay(caller: Caller, envelope: SignalEnvelope): RelayVerdict;
  /** Whether more signals were sent to this session than it has received in the room's present generation (SPEC R14). */
  missesSignals(sessionId: SessionId, received: Received): boolean;
  /** Whether a description of each side has passed in the room, in any generation. */
  hasNegotiated(roomId: RoomId): boolean;
  /** Delivers the signals that were kept for the session while it was away. */
  flush(sessionId: SessionId): void;
  counts(): { readonly rooms: number; readonly waitingSignals: number };
}

/** What one sender may send in a room, in all its generations: a new one would renew it, and any member can raise it. */
type Budgets = Map<SessionId, Budget>;

/** The lanes of one generation of a room, by sender. */
interface Lanes {
  readonly generation: number;
  readonly bySender: Map<SessionId, Lane>;
  /** The sessions that have sent a description in this generation or an earlier one. */
  readonly described: Set<SessionId>;
  readonly budgets: Budgets;
}

const floodIf = (isFlood: boolean) => (isFlood ? ({ isFlood: true } as const) : {});

export function createRelay({
  clock,
  courier,
  membership,
  signalBytes,
  meter,
}: {
  readonly clock: Pick<Clock, "now">;
  readonly courier: Pick<Courier, "deliver">;
  readonly membership: Membership;
  /** What one side of a room may send (SPEC R12). */
  readonly signalBytes: Allowance;
  readonly meter: FloodMeter;
}): Relay {
  const lanesOf = new Map<RoomId, Lanes>();

  const lanesIn = ({ roomId, generation }: KnownRoom): Lanes => {
    const known = lanesOf.get(roomId);
    if (known?.generation === generation) return known;
    const lanes: Lanes = {
      generation,
      bySender: new Map(),
      described: known?.described ?? new Set(),
      budgets: known?.budgets ?? new Map(),
    };
    lanesOf.set(roomId, lanes);
    return lanes;
  };

  const isWithinBudget = ({ budgets }: Lanes, sender: SessionId, envelope: SignalEnvelope): boolean => {
    const budget = budgets.get(sender) ?? createBudget(signalBytes);
    budgets.set(sender, budget);
    return budget.spend(bytesOf(envelope), clock.now());
  };

  const laneFrom = (room: KnownRoom, { bySender }: Lanes, sender: SessionId): Lane => {
    const known = bySender.get(sender);
    if (known) return known;
    const lane = openLane(room.revivedIn === room.generation ? "resumed" : "fresh");
    bySender.set(sender, lane);
    return lane;
  };

  /**
   * Sends a signal to a session's socket. The address filter stands in this last step, so that no signal gets around it.
   * False when the session has no socket.
   */
  const deliver = ({ relayOnly }: KnownRoom, to: SessionId, envelope: SignalEnvelope): boolean => {
    const seat = membership.seatOf(to);
    if (!seat) return false;
    const passed = relayOnly ? { ...envelope, signal: withoutAddresses(envelope.signal) } : envelope;
    return courier.deliver(seat.socketId, "signal", passed);
  };

  /** The lanes towards this session in the room's present generation. */
  const lanesTo = (room: KnownRoom, sessionId: SessionId): readonly Lane[] =>
    [...lanesIn(room).bySender].flatMap(([sender, lane]) => (sender === sessionId ? [] : [lane]));

  const laneOf = (lanes: Lanes, sessionId: SessionId | undefined): Lane | undefined =>
    sessionId === undefined ? undefined : lanes.bySender.get(sessionId);

  /** Whether the sender's number of such signals allows one more; the words of the refusal where it does not. */
  const meterRefusal = (
    room: KnownRoom,
    lane: Lane,
    { sender, envelope }: { readonly sender: SessionId; readonly envelope: SignalEnvelope },
  ): RelayVerdict | undefined => {
    const userId = memberIn(room, sender)?.userId;
    const opposite = laneOf(lanesIn(room), partnerIn(room, sender)?.sessionId);
    const kind = countedAs(lane, opposite, envelope);
    if (userId === undefined || kind === undefined) return undefined;
    const verdict = meter.take(userId, kind);
    if (verdict.ok) return undefined;
    lane.waitUntil = clock.now() + verdict.retryAfterMs;
    return {
      ok: false,
      code: "rate_limited",
      retryAfterMs: verdict.retryAfterMs,
      ...floodIf(verdict.isFlood),
    };
  };

  /** Another refusal. One that comes because the signal before it was refused says the same as that one did. */
  const refusal = (room: KnownRoom, lane: Lane, sender: SessionId, code: ErrorCode): RelayVerdict => {
    const userId = memberIn(room, sender)?.userId;
    const isFlood = userId !== undefined && meter.refuse(userId).isFlood;
    const waitMs = lane.waitUntil - clock.now();
    return code === "bad_sequence" && waitMs > 0
      ? { ok: false, code: "rate_limited", retryAfterMs: waitMs, ...floodIf(isFlood) }
      : { ok: false, code, ...floodIf(isFlood) };
  };

  return {
    observe(facts) {
      for (const fact of facts) if (fact.type === "room-ended") lanesOf.delete(fact.roomId);
    },

    relay(caller, envelope) {
      if (!membership.speaksFor(caller)) return { ok: false, code: "stale_session" };
      const room = membership.roomOf(caller.sessionId);
      if (room?.roomId !== envelope.roomId) return { ok: false, code: "not_in_room" };
      if (envelope.generation < room.generation) return { ok: false, code: "stale_generation" };
      // Only this server raises a generation, so a higher one means that the two sides disagree.
      if (envelope.generation > room.generation) return { ok: false, code: "bad_sequence" };

      const lanes = lanesIn(room);
      const lane = laneFrom(room, lanes, caller.sessionId);
      const admission = admit(lane, envelope);
      if (admission.kind === "repeated") return { ok: true };
      const sender = caller.sessionId;
      if (admission.kind === "refused") return refusal(room, lane, sender, admission.code);
      const tooMany = meterRefusal(room, lane, { sender, envelope });
      if (tooMany) return tooMany;
      if (!isWithinBudget(lanes, sender, envelope)) return refusal(room, lane, sender, "too_large");

      const partner = partnerIn(room, caller.sessionId);
      const isDelivered = partner !== undefined && deliver(room, partner.sessionId, envelope);
      if (!isDelivered && !keep(lane, envelope))
        return { ok: false, code: "partner_unreachable", generation: room.generation };
      advance(lane, envelope);
      if (lane.descriptions > 0) lanes.described.add(caller.sessionId);
      return { ok: true };
    },

    hasNegotiated: (roomId) => (lanesOf.get(roomId)?.described.size ?? 0) >= 2,

    missesSignals(sessionId, { generation, count }) {
      const room = membership.roomOf(sessionId);
      if (!room) return false;
      // Of a negotiation that the page has not heard of nothing has come to it.
      const received = generation === room.generation ? count : 0;
      return lanesTo(room, sessionId).some(
        ({ next, waiting }) => next !== undefined && next - 1 - waiting.length > received,
      );
    },

    flush(sessionId) {
      const room = membership.roomOf(sessionId);
      if (!room) return;
      for (const lane of lanesTo(room, sessionId))
        for (const envelope of drain(lane)) deliver(room, sessionId, envelope);
    },

    counts() {
      let waitingSignals = 0;
      for (const { bySender } of lanesOf.values())
        for (const { waiting } of bySender.values()) waitingSignals += waiting.length;
      return { rooms: lanesOf.size, waitingSignals };
    },
  };
}
