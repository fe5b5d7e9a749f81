import { LIMITS, type SignalEnvelope } from "@serendip/protocol";
import type { Allowance } from "@serendip/time";
import { manualClock } from "@serendip/time/testing";
import { DEFAULT_FLOOD_RULES } from "../../../src/domain/flood.ts";
import type { Fact, MemberView } from "../../../src/domain/lobby/command.ts";
import type { Courier } from "../../../src/ports.ts";
import { createMembership } from "../../../src/service/membership.ts";
import { memoryFloodMeter } from "../../../src/service/relay/memory-flood-meter.ts";
import { createRelay } from "../../../src/service/relay/relay.ts";

export const member = (sessionId: string, role: MemberView["role"] = "initiator"): MemberView => ({
  sessionId,
  userId: `user-${sessionId}`,
  role,
  requestId: `find-${sessionId}`,
});
export const pair = (one: string, two: string) => [member(one), member(two, "responder")] as const;

interface Delivered {
  readonly socketId: string;
  readonly envelope: SignalEnvelope;
}

/** Bounds other than the usual ones. */
interface Bounds {
  readonly signalBytes?: Allowance;
  /** Of restarts and of candidates. */
  readonly flood?: Allowance;
}

/** A relay with what it stands on; `closed` sockets take nothing any more. */
export function relayWithLog({ signalBytes = LIMITS.signalBytes, flood }: Bounds = {}) {
  const delivered: Delivered[] = [];
  const closed = new Set<string>();
  const courier: Pick<Courier, "deliver"> = {
    deliver: (socketId, event, body) => {
      if (closed.has(socketId)) return false;
      if (event === "signal") delivered.push({ socketId, envelope: body as SignalEnvelope });
      return true;
    },
  };
  const clock = manualClock();
  const membership = createMembership();
  const rules = { ...DEFAULT_FLOOD_RULES, ...(flood && { restarts: flood, candidates: flood }) };
  const meter = memoryFloodMeter(clock, rules);
  const relay = createRelay({ clock, courier, membership, signalBytes, meter });
  const observe = (facts: readonly Fact[]) => {
    relay.observe(facts);
    membership.observe(facts);
  };
  const seat = ({ sessionId, epoch, socketId }: { sessionId: string; epoch: number; socketId: string }) =>
    observe([{ type: "session-attached", sessionId, epoch, socketId, missedWelcomes: 0, how: "resumed" }]);
  const unseat = ({ sessionId }: { sessionId: string }) =>
    observe([{ type: "grace-started", sessionId, cause: "dropped", graceMs: 10_000 }]);
  const counts = () => ({ ...relay.counts(), ...membership.counts() });
  return { clock, meter, relay, membership, delivered, closed, observe, seat, unseat, counts };
}

export const signal = (roomId: string, generation: number, sequence: number, chars = 10): SignalEnvelope => ({
  roomId,
  generation,
  sequence,
  signal: { kind: "offer", sdp: "x".repeat(chars) },
});

export const candidate = (sequence: number, line = "c"): SignalEnvelope => ({
  roomId: "room-1",
  generation: 1,
  sequence,
  signal: { kind: "candidate", candidate: { candidate: line, sdpMid: "0", sdpMLineIndex: 0 } },
});

export const restart = (sequence: number, generation = 1): SignalEnvelope => ({
  roomId: "room-1",
  generation,
  sequence,
  signal: { kind: "restart" },
});

export function annAndBob({ relayOnly = false, ...bounds }: Bounds & { readonly relayOnly?: boolean } = {}) {
  const all = relayWithLog(bounds);
  all.seat({ sessionId: "ann", epoch: 1, socketId: "ann-1" });
  all.seat({ sessionId: "bob", epoch: 1, socketId: "bob-1" });
  all.observe([
    {
      type: "room-opened",
      roomId: "room-1",
      generation: 1,
      members: pair("ann", "bob"),
      relayOnly,
      origins: "apart",
      waitedMs: [0, 0],
    },
  ]);
  const ann = { sessionId: "ann", epoch: 1 };
  const bob = { sessionId: "bob", epoch: 1 };
  return { ...all, ann, bob };
}
