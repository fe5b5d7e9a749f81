import {
  type ClientReply,
  ERROR_POLICY,
  errorBody,
  type ServerBody,
  type ServerEvent,
  type SignalEnvelope,
  TIMES,
} from "@serendip/protocol";
import { expect } from "vitest";
import { createSignalAcks } from "../../../src/edge/socket/signal-acks.ts";
import { annAndBob, candidate, member, pair, signal } from "./relay-bench.ts";

const LATENCY_MS = 40;
const RECONNECT_MS = 300;
const BOB = { sessionId: "bob", epoch: 1 };
const ROOM_ID = "room-1";
/** Fewer than the candidates after one description (SPEC R12). */
const CANDIDATES_PER_OFFER = 50;

/** What the network makes of acknowledgements, beyond what happens to a whole connection. */
export type Fate = "usual" | "lost" | "late" | "repeated";

interface Line {
  readonly epoch: number;
  /** What is under way to the server gets there no more. */
  isCut: boolean;
  readonly acks: ReturnType<typeof createSignalAcks>;
}

/**
 * Ann's page does what SPEC R3 and R20 ask of it, over a network that loses connections and acknowledgements; Bob's page drops a number that
 * it has. The relay and what answers Ann are the server's own.
 */
export function annsPage() {
  const { clock, relay, observe, seat, unseat, delivered } = annAndBob();
  let fate: Fate = "usual";
  let generation = 1;
  let isRestarted = false;
  const codes: string[] = [];
  /** The highest number that was taken, by generation. */
  const taken = new Map<number, number>();

  let epoch = 1;
  let line: Line | undefined = openLine();
  let kept: readonly SignalEnvelope[] = [];
  let sequence = 0;
  let pageGeneration = 1;
  let pausedUntil = 0;
  /** When each signal went out of which nothing has been heard over this connection. */
  let unheard: readonly { readonly sequence: number; readonly at: number }[] = [];

  function openLine(): Line {
    const mine: Line = {
      epoch,
      isCut: false,
      acks: createSignalAcks({
        clock,
        send: (event, body) => {
          if ("upTo" in body) expect(body.upTo).toBeLessThanOrEqual(taken.get(body.generation) ?? 0);
          const times = event === "acked" ? { usual: 1, lost: 0, late: 1, repeated: 3 }[fate] : 1;
          const extraMs = event === "acked" && fate === "late" ? 2_500 : 0;
          for (let time = 0; time < times; time += 1)
            toPage(mine, LATENCY_MS * (1 + 2 * time) + extraMs, () => hear(event, body));
        },
      }),
    };
    return mine;
  }

  function toPage(from: Line, afterMs: number, open: () => void): void {
    clock.after(afterMs, () => {
      if (line === from) open();
    });
  }

  /** What the lobby does (SPEC R5, R6, R13). */
  function raise(): void {
    generation += 1;
    observe([{ type: "generation-raised", roomId: ROOM_ID, generation, members: pair("ann", "bob") }]);
  }

  function enter(now: number): void {
    if (now <= pageGeneration) return;
    pageGeneration = now;
    kept = [];
    unheard = [];
    sequence = 0;
    pausedUntil = 0;
  }

  function arrive(from: Line, envelope: SignalEnvelope): void {
    const packet = from.acks.withReply(["signal", envelope]);
    const reply = packet.at(-1) as (answer: ClientReply<"signal">) => void;
    const verdict = relay.relay({ sessionId: "ann", epoch: from.epoch }, envelope);
    if (verdict.ok) {
      taken.set(envelope.generation, Math.max(taken.get(envelope.generation) ?? 0, envelope.sequence));
      reply({ ok: true });
      return;
    }
    if ("generation" in verdict) {
      raise();
      const now = generation;
      toPage(from, LATENCY_MS, () => enter(now));
    }
    codes.push(verdict.code);
    const retryAfterMs = "retryAfterMs" in verdict ? verdict.retryAfterMs : undefined;
    reply({ ok: false, error: errorBody(verdict.code, undefined, retryAfterMs) });
  }

  function transmit(envelope: SignalEnvelope): void {
    const from = line;
    if (!from || clock.now() < pausedUntil) return;
    unheard = [...unheard, { sequence: envelope.sequence, at: clock.now() }];
    clock.after(LATENCY_MS, () => {
      if (!from.isCut) arrive(from, envelope);
    });
  }

  const sendKept = () => kept.forEach(transmit);

  function hear<Event extends ServerEvent>(event: Event, body: ServerBody<Event>): void {
    if (event === "acked") {
      const { generation, upTo } = body as ServerBody<"acked">;
      if (generation !== pageGeneration) return;
      kept = kept.filter((one) => one.sequence > upTo);
      unheard = unheard.filter((one) => one.sequence > upTo);
      return;
    }
    const { generation, sequence, error } = body as ServerBody<"signal-refused">;
    if (generation !== pageGeneration) return;
    const first = unheard.findIndex((one) => one.sequence === sequence);
    unheard = unheard.filter((_, at) => at !== first);
    if (ERROR_POLICY[error.code].reaction === "ignore")
      kept = kept.filter((one) => one.sequence !== sequence);
    const isKept = kept.some((one) => one.sequence === sequence);
    if (error.code !== "rate_limited" || error.retryAfterMs === undefined || !isKept) return;
    pausedUntil = Math.max(pausedUntil, clock.now() + error.retryAfterMs);
    clock.after(error.retryAfterMs, () => {
      if (clock.now() >= pausedUntil) sendKept();
    });
  }

  /** The connection goes, with what is under way to the page; the next one takes the session over. `cut`: nothing arrives any more. */
  function reconnect(peerConnection: "alive" | "lost", way: "cut" | "taken over" = "taken over"): void {
    const old = line;
    if (old) old.isCut = way === "cut";
    line = undefined;
    unheard = [];
    clock.after(RECONNECT_MS, () => {
      old?.acks.end();
      epoch += 1;
      seat({ sessionId: "ann", epoch, socketId: `ann-${epoch}` });
      if (peerConnection === "lost") raise();
      line = openLine();
      enter(generation);
      sendKept();
    });
  }

  /** A new server knows the room by its tickets, and of its signals nothing. */
  function restart(): void {
    isRestarted = true;
    const room = { roomId: ROOM_ID, generation, relayOnly: false };
    observe([{ type: "room-ended", roomId: ROOM_ID, reason: "server-restart" }]);
    observe([
      { type: "room-reviving", ...room, member: member("ann") },
      { type: "room-opened", ...room, members: pair("ann", "bob"), origins: "apart", waitedMs: [0, 0] },
    ]);
    reconnect("alive", "cut");
  }

  const bobIsAway = () => relay.counts().waitingSignals > 0;

  return {
    clock,
    delivered,
    codes,
    isRestarted: () => isRestarted,
    kept: () => kept,
    made: () => ({ generation: pageGeneration, sequence }),
    meet(next: Fate) {
      fate = next;
    },
    send(count: number): void {
      for (let n = 0; n < count; n += 1) {
        sequence += 1;
        const isOffer = sequence % CANDIDATES_PER_OFFER === 1;
        const made = isOffer ? signal(ROOM_ID, 1, sequence) : candidate(sequence);
        const envelope = { ...made, generation: pageGeneration };
        kept = [...kept, envelope];
        transmit(envelope);
      }
    },
    pass(ms: number): void {
      for (let left = ms; left > 0; left -= 50) {
        clock.advance(Math.min(left, 50));
        const [oldest] = unheard;
        if (line && oldest && clock.now() - oldest.at >= TIMES.replyMs) reconnect("alive");
      }
    },
    drop: () => line && reconnect("alive", "cut"),
    beTakenOver: () => line && reconnect("alive"),
    reload: () => line && reconnect("lost", "cut"),
    restart: () => line && !bobIsAway() && restart(),
    bobGoes: () => unseat(BOB),
    bobComes(): void {
      seat({ ...BOB, socketId: "bob-1" });
      relay.flush("bob");
    },
  };
}
