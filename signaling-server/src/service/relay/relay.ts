import type { RoomId, SessionId, SignalEnvelope } from "@serendip/protocol";
import type { Allowance, Clock } from "@serendip/time";
import type { LimitVerdict } from "../../domain/limits/quota.ts";
import type { Caller, Fact } from "../../domain/lobby/command.ts";
import type { FloodMeter } from "../../ports/counting.ts";
import type { Courier } from "../../ports.ts";
import { type KnownRoom, type Membership, memberIn, partnerIn } from "../membership.ts";
import { advance, bytesOf, drain, keep, type Lane, neverPasses, openLane, placeOf, skip } from "./lane.ts";
import { createReceivers } from "./receivers.ts";
import { createRefusals, type RelayRefusal, type Sent, type Speaker } from "./refusals.ts";
import { withoutAddresses } from "./relay-only.ts";

export type RelayVerdict = { readonly ok: true } | RelayRefusal;

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
  /** Forgets what belongs to rooms and sessions that are over. */
  observe(facts: readonly Fact[]): void;
  relay(caller: Caller, envelope: SignalEnvelope): RelayVerdict;
  /**
   * Whether a signal has to wait because its sender sends too much (SPEC B3), in the words of R3: it keeps its place, and what comes
   * behind it waits as well, without being counted: what cannot pass anyway would use up what the one before it needs. For how
   * long, milliseconds; 0: it goes on.
   */
  holdBack(caller: Caller, envelope: SignalEnvelope, take: () => LimitVerdict): number;
  /** How long the partner in the caller's room cannot be told of a new negotiation, milliseconds; 0: it can be (SPEC R12). */
  negotiationWaitMs(caller: Caller): number;
  /** Whether more signals were sent to this session than it has received in the room's present generation (SPEC R14). */
  missesSignals(sessionId: SessionId, received: Received): boolean;
  /** Whether a description of each side has passed in the room, in any generation. */
  hasNegotiated(roomId: RoomId): boolean;
  /** Delivers the signals that were kept for the session while it was away. */
  flush(sessionId: SessionId): void;
  counts(): { readonly rooms: number; readonly waitingSignals: number; readonly receivers: number };
}

/** The lanes of one generation of a room, by sender. */
interface Lanes {
  readonly generation: number;
  readonly bySender: Map<SessionId, Lane>;
  readonly speakers: Map<SessionId, Speaker>;
  /** The sessions that have sent a description in this generation or an earlier one. */
  readonly described: Set<SessionId>;
}

const OK: RelayVerdict = { ok: true };

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
  /** What may be sent to one session (SPEC R12). */
  readonly signalBytes: Allowance;
  readonly meter: FloodMeter;
}): Relay {
  const lanesOf = new Map<RoomId, Lanes>();
  const receivers = createReceivers(signalBytes, () => clock.now());
  const refusals = createRefusals({ clock, meter });

  const lanesIn = ({ roomId, generation }: KnownRoom): Lanes => {
    const known = lanesOf.get(roomId);
    if (known?.generation === generation) return known;
    const lanes: Lanes = {
      generation,
      bySender: new Map(),
      speakers: new Map(),
      described: known?.described ?? new Set(),
    };
    lanesOf.set(roomId, lanes);
    return lanes;
  };

  const laneFrom = (room: KnownRoom, { bySender }: Lanes, sender: SessionId): Lane => {
    const known = bySender.get(sender);
    if (known) return known;
    const lane = openLane(room.revivedIn === room.generation ? "resumed" : "fresh");
    bySender.set(sender, lane);
    return lane;
  };

  /** Found once for each room and generation, and not with each signal. */
  const speakerIn = (room: KnownRoom, sessionId: SessionId): Speaker => {
    const lanes = lanesIn(room);
    const known = lanes.speakers.get(sessionId);
    // A room of which anything has changed is another one.
    if (known?.room === room) return known;
    const receiver = partnerIn(room, sessionId)?.sessionId;
    const speaker: Speaker = {
      room,
      userId: memberIn(room, sessionId)?.userId,
      lane: laneFrom(room, lanes, sessionId),
      receiver,
      opposite: receiver === undefined ? undefined : laneFrom(room, lanes, receiver),
    };
    lanes.speakers.set(sessionId, speaker);
    return speaker;
  };

  /** The signal as it comes to the partner. */
  const asPassed = ({ relayOnly }: KnownRoom, envelope: SignalEnvelope): SignalEnvelope =>
    relayOnly ? { ...envelope, signal: withoutAddresses(envelope.signal) } : envelope;

  /**
   * Sends a signal to a session's socket. The address filter stands in this last step, so that no signal gets around it.
   * False when the session has no socket.
   */
  const deliver = (room: KnownRoom, to: SessionId, envelope: SignalEnvelope): boolean => {
    const seat = membership.seatOf(to);
    return seat !== undefined && courier.deliver(seat.socketId, "signal", asPassed(room, envelope));
  };

  /** The lanes towards this session in the room's present generation. */
  const lanesTo = (room: KnownRoom, sessionId: SessionId): readonly Lane[] =>
    [...lanesIn(room).bySender].flatMap(([sender, lane]) => (sender === sessionId ? [] : [lane]));

  return {
    observe(facts) {
      for (const fact of facts) if (fact.type === "room-ended") lanesOf.delete(fact.roomId);
      receivers.observe(facts);
    },

    relay(caller, envelope) {
      if (!membership.speaksFor(caller)) return { ok: false, code: "stale_session" };
      const room = membership.roomOf(caller.sessionId);
      if (room?.roomId !== envelope.roomId) return { ok: false, code: "not_in_room" };
      if (envelope.generation < room.generation) return { ok: false, code: "stale_generation" };
      // Only this server raises a generation, so a higher one means that the two sides disagree.
      if (envelope.generation > room.generation) return { ok: false, code: "bad_sequence" };

      const speaker = speakerIn(room, caller.sessionId);
      const { lane, receiver } = speaker;
      const sent: Sent = { speaker, sender: caller, envelope };
      const place = placeOf(lane, envelope);
      if (place === "repeated") return OK;
      if (place === "behind") return refusals.behindHole(sent);
      const code = neverPasses(lane, envelope);
      if (code) {
        skip(lane, envelope);
        return refusals.never(sent, code);
      }
      const now = clock.now();
      const bytes = bytesOf(asPassed(room, envelope));
      // While a room revives there is no receiver yet, and what is kept is bounded (R6).
      const roomThere = receiver === undefined ? undefined : receivers.roomAt(receiver);
      const fullMs = roomThere?.waitMs(bytes, now) ?? 0;
      const refusal = fullMs > 0 ? refusals.atReceiver(sent, fullMs) : refusals.tooMany(sent);
      if (refusal) return refusal;

      if (receiver !== undefined && deliver(room, receiver, envelope)) lane.told = envelope.sequence;
      else if (!keep(lane, envelope, bytes)) return refusals.unreachable(sent);
      roomThere?.spend(bytes, now);
      advance(lane, envelope);
      if (lane.candidates === 0 && lane.descriptions > 0) lanesIn(room).described.add(caller.sessionId);
      return OK;
    },

    holdBack(caller, envelope, take) {
      const room = membership.speaksFor(caller) ? membership.roomOf(caller.sessionId) : undefined;
      const isHere = room?.roomId === envelope.roomId && room.generation === envelope.generation;
      const speaker = isHere ? speakerIn(room, caller.sessionId) : undefined;
      const place = speaker && placeOf(speaker.lane, envelope);
      const heldMs = speaker && place === "behind" ? refusals.behindWaitMs(speaker.lane) : 0;
      if (heldMs > 0) return heldMs;
      const verdict = take();
      if (verdict.ok) return 0;
      if (speaker && place === "next")
        refusals.limited({ speaker, sender: caller, envelope }, verdict.retryAfterMs);
      return verdict.retryAfterMs;
    },

    negotiationWaitMs({ sessionId }) {
      const room = membership.roomOf(sessionId);
      const partner = room && partnerIn(room, sessionId);
      return partner ? receivers.negotiationWaitMs(partner.sessionId) : 0;
    },

    hasNegotiated: (roomId) => (lanesOf.get(roomId)?.described.size ?? 0) >= 2,

    missesSignals(sessionId, { generation, count }) {
      const room = membership.roomOf(sessionId);
      if (!room) return false;
      // Of a negotiation that the page has not heard of nothing has come to it.
      const received = generation === room.generation ? count : 0;
      return lanesTo(room, sessionId).some(({ told }) => told > received);
    },

    flush(sessionId) {
      const room = membership.roomOf(sessionId);
      if (!room) return;
      for (const lane of lanesTo(room, sessionId))
        for (const envelope of drain(lane)) {
          lane.told = envelope.sequence;
          deliver(room, sessionId, envelope);
        }
    },

    counts() {
      let waitingSignals = 0;
      for (const { bySender } of lanesOf.values())
        for (const { waiting } of bySender.values()) waitingSignals += waiting.length;
      return { rooms: lanesOf.size, waitingSignals, receivers: receivers.size() };
    },
  };
}
