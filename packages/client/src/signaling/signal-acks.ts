import {
  type ClientReply,
  type ServerBody,
  type SignalEnvelope,
  type SignalPlace,
  TIMES,
} from "@serendip/protocol";
import { type Clock, deadlineTimer } from "@serendip/time";
import { isSameNegotiation } from "../words/room-ref.ts";
import { RequestLost, type SignalingConnection } from "./signaling-socket.port.ts";

/** Signals over one connection whose server acknowledges many of them together (SPEC R20). */
export interface SignalAcks {
  /** Sends it. Resolves with what became of it, and rejects with `RequestLost` like any request. */
  send(envelope: SignalEnvelope): Promise<ClientReply<"signal">>;
  /** What has been acknowledged already, or was never sent over this connection, is passed over. */
  acked(body: ServerBody<"acked">): void;
  refused(body: ServerBody<"signal-refused">): void;
  /** The connection is gone, and nobody knows what became of the rest. */
  lose(): void;
}

interface Waiting {
  readonly place: SignalPlace;
  readonly sentAt: number;
  readonly resolve: (reply: ClientReply<"signal">) => void;
  readonly reject: (lost: RequestLost) => void;
}

export function createSignalAcks(
  clock: Clock,
  connection: Pick<SignalingConnection, "sendSignal">,
): SignalAcks {
  /** In the order in which they were sent; one that was sent twice is here twice. */
  let waiting: readonly Waiting[] = [];
  // The oldest has waited longest, so one timer does for all.
  const timer = deadlineTimer(clock, lose);

  function setWaiting(next: readonly Waiting[]): void {
    waiting = next;
    const [oldest] = next;
    timer.pointAt(oldest && oldest.sentAt + TIMES.replyMs + TIMES.ackMs);
  }

  function lose(): void {
    const lost = waiting;
    setWaiting([]);
    for (const { reject } of lost) reject(new RequestLost("signal: no acknowledgement."));
  }

  return {
    send: (envelope) =>
      new Promise((resolve, reject) => {
        setWaiting([...waiting, { place: envelope, sentAt: clock.now(), resolve, reject }]);
        connection.sendSignal(envelope);
      }),

    acked(body) {
      const isTold = ({ place }: Waiting) => isSameNegotiation(place, body) && place.sequence <= body.upTo;
      const told = waiting.filter(isTold);
      setWaiting(waiting.filter((one) => !isTold(one)));
      for (const { resolve } of told) resolve({ ok: true });
    },

    refused({ error, ...refused }) {
      const first = waiting.find(
        ({ place }) => isSameNegotiation(place, refused) && place.sequence === refused.sequence,
      );
      if (!first) return;
      setWaiting(waiting.filter((one) => one !== first));
      first.resolve({ ok: false, error });
    },

    lose,
  };
}
