import {
  type ClientReply,
  LIMITS,
  type ServerBody,
  type SignalEnvelope,
  SignalPlace,
  TIMES,
} from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";

type AckEvent = "acked" | "signal-refused" | "problem";

/** Fewer signals wait until there are more, or a second is over: partners who answer each other would be told of each one. */
const ENOUGH_TO_RIDE = LIMITS.signalsPerAck / 2;

/** Answers the signals of one page that come without an acknowledgement: those that were taken together, each other one at once (SPEC R20). */
export interface SignalAcks {
  /** Says what has become of a signal that came without an acknowledgement. */
  answer(body: unknown, reply: ClientReply<"signal">): void;
  /** The packet as if it had brought an acknowledgement: a signal of its own gets one, anything else stays as it is. */
  withReply(packet: readonly unknown[]): readonly unknown[];
  /** What may be said now because something goes to the page anyway; it is not said again. Undefined where it would tell of few. */
  ride(): ServerBody<"acked"> | undefined;
  /** The connection is gone: nothing is said any more, and no timer stays. */
  end(): void;
}

/** Signals that were taken and are not told of yet, all of one negotiation. */
interface Owed {
  readonly roomId: string;
  readonly generation: number;
  upTo: number;
  count: number;
}

export function createSignalAcks({
  clock,
  send,
}: {
  readonly clock: Pick<Clock, "after">;
  readonly send: <Event extends AckEvent>(event: Event, body: ServerBody<Event>) => void;
}): SignalAcks {
  let owed: Owed | undefined;
  let cancel: Cancel | undefined;
  let ended = false;

  function takeOwed({ roomId, generation, upTo }: Owed): ServerBody<"acked"> {
    cancel?.();
    cancel = undefined;
    owed = undefined;
    return { roomId, generation, upTo };
  }

  function tell(): void {
    if (owed) send("acked", takeOwed(owed));
  }

  /** Whatever its number is: what has a lower one was taken before, or refused (SPEC R3). */
  function taken({ roomId, generation, sequence }: SignalEnvelope): void {
    if (owed && (owed.roomId !== roomId || owed.generation !== generation)) tell();
    owed ??= { roomId, generation, upTo: sequence, count: 0 };
    owed.upTo = Math.max(owed.upTo, sequence);
    owed.count += 1;
    if (owed.count >= LIMITS.signalsPerAck) tell();
    else cancel ??= clock.after(TIMES.ackMs, tell);
  }

  function answer(body: unknown, reply: ClientReply<"signal">): void {
    if (ended) return;
    if (reply.ok) {
      // Only one that its schema has read is taken.
      taken(body as SignalEnvelope);
      return;
    }
    // The page learns what came before first, so that it sends none of that again.
    tell();
    const place = SignalPlace.safeParse(body);
    if (place.success) send("signal-refused", { ...place.data, error: reply.error });
    else send("problem", { event: "signal", error: reply.error });
  }

  return {
    answer,
    withReply(packet) {
      if (packet[0] !== "signal" || typeof packet.at(-1) === "function") return packet;
      const body = packet[1];
      return [...packet, (reply: ClientReply<"signal">) => answer(body, reply)];
    },
    ride: () => (owed && owed.count >= ENOUGH_TO_RIDE ? takeOwed(owed) : undefined),
    end() {
      ended = true;
      owed = undefined;
      cancel?.();
      cancel = undefined;
    },
  };
}
