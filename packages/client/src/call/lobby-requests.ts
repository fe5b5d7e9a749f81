import {
  type CallReport,
  type ClientBody,
  ERROR_POLICY,
  type ErrorCode,
  type SignalEnvelope,
} from "@serendip/protocol";
import type { Signaling } from "../signaling/signaling.ts";
import { isSameNegotiation, type NegotiationId } from "../words/room-ref.ts";
import type { AskKind, CallEvent } from "./call-event.machine.ts";
import type { Outbox } from "./outbox.ts";

/** The questions of a chat to the server, and what becomes of their answers. */
export interface LobbyRequests {
  find(search: Pick<ClientBody<"find">, "requestId" | "relayOnly">): void;
  status(requestId: string): void;
  giveUp(requestId: string, roomId: string): void;
  ready(roomId: string): void;
  /** As a last word before the connection is closed. */
  leave(): void;
  /** Says so until the server has taken it, unless somebody is looked for meanwhile. */
  leaveSurely(): void;
  /** Asks for a new generation instead of this one; the server's word about it comes to both members. */
  rebuild(room: NegotiationId): void;
  media(fact: ClientBody<"media">): void;
  /** Rejects with `RequestLost` when there was no answer. */
  report(report: CallReport): Promise<unknown>;
  /** The same as a last word, before a `leave`. */
  tellReport(report: CallReport): void;
  /** Sends a signal that the outbox keeps until the server has it; in a pause of the server's it goes out after that. */
  transmit(envelope: SignalEnvelope): void;
}

/** What is said of a room that is there. */
type OfRoom = "ready" | "rebuild" | "media";

export function createLobbyRequests(options: {
  readonly signaling: Signaling;
  readonly outbox: Outbox;
  readonly dispatch: (event: CallEvent) => void;
  /** Whether the call is in this room now. */
  readonly isIn: (roomId: string) => boolean;
  /** Makes request ids unlike those of any other engine. */
  readonly seed: string;
}): LobbyRequests {
  const { signaling, outbox, dispatch, isIn, seed } = options;
  let serial = 0;
  const nextId = () => {
    serial += 1;
    return `${seed}-r${serial}`;
  };

  const lost = (ask: AskKind, requestId: string) => () =>
    dispatch({ type: "ask-failed", ask, requestId, code: "request-lost", retryAfterMs: undefined });

  const ask = <Kind extends AskKind>(
    kind: Kind,
    requestId: string,
    body: Parameters<typeof signaling.request<Kind>>[1],
  ): void => {
    signaling.request<AskKind>(kind, body).then(
      (reply) => {
        if (!reply.ok) {
          const { code, retryAfterMs } = reply.error;
          return dispatch({ type: "ask-failed", ask: kind, requestId, code, retryAfterMs });
        }
        const { state, crowd } = reply;
        dispatch({ type: "answered", ask: kind, requestId, state, crowd });
      },
      lost(kind, requestId),
    );
  };

  /** The negotiation in which the server missed signals, and how often it said so for the first one. */
  let gaps: NegotiationId & { readonly times: number } = { roomId: "", generation: 0, times: 0 };
  const gapsIn = (negotiation: NegotiationId) => (isSameNegotiation(gaps, negotiation) ? gaps.times : 0);

  function rebuild({ roomId, generation }: NegotiationId): void {
    sayOfRoom("rebuild", { requestId: nextId(), roomId, generation });
  }

  /** The newest word of each kind; an older one that waits for a pause to end is void. */
  const newest = new Map<OfRoom, object>();
  function sayOfRoom<Event extends OfRoom>(event: Event, body: ClientBody<Event>): void {
    newest.set(event, body);
    const { roomId } = body;
    signaling.insist(event, body, () => newest.get(event) === body && isIn(roomId)).catch(saidAgain);
  }

  /**
   * The server cannot take what comes after a gap. Another hello, which sends all that is kept, closes one that the network made;
   * none closes one that comes again, or a refused signal, which is its own gap: there the two begin anew.
   */
  function onGap(envelope: SignalEnvelope, known: number, code: ErrorCode): void {
    // Those that were under way together are refused together.
    if (gapsIn(envelope) !== known || !outbox.unsettled().includes(envelope)) return;
    const { roomId, generation } = envelope;
    gaps = { roomId, generation, times: known + 1 };
    if (known === 0 && code === "bad_sequence") signaling.resync();
    else rebuild(envelope);
  }

  /** Without an answer it is said again after the next welcome, which a lost request brings about. */
  const saidAgain = () => {};

  /** Of what looks for somebody or leaves: an older word that waits for a pause to end is void. */
  let newestWish = 0;

  function leaveSurely(): void {
    newestWish += 1;
    const mine = newestWish;
    const left = () => dispatch({ type: "left" });
    signaling.insist("leave", { requestId: nextId() }, () => mine === newestWish).then(left, left);
  }

  return {
    find({ requestId, relayOnly }) {
      newestWish += 1;
      // Nobody is looked for before camera and microphone are there (SPEC M9).
      ask("find", requestId, { requestId, ...(relayOnly && { relayOnly }), mediaReady: true });
    },
    leaveSurely,
    status: (requestId) => ask("status", requestId, {}),
    giveUp: (requestId, roomId) => ask("give-up", requestId, { requestId: nextId(), roomId }),
    ready: (roomId) => sayOfRoom("ready", { requestId: nextId(), roomId }),
    rebuild,
    leave: () => signaling.tell("leave", { requestId: nextId() }),
    report: (report) => signaling.insist("call-report", report),
    tellReport: (report) => signaling.tell("call-report", report),
    media: (fact) => sayOfRoom("media", fact),
    transmit(envelope) {
      if (outbox.paused()) return;
      const known = gapsIn(envelope);
      signaling.request("signal", envelope).then((reply) => {
        if (reply.ok) return outbox.settle(envelope);
        const { code, retryAfterMs } = reply.error;
        const { reaction } = ERROR_POLICY[code];
        if (reaction === "ignore") outbox.settle(envelope);
        if (reaction === "fix" || code === "bad_sequence") onGap(envelope, known, code);
        if (reaction !== "retry") return;
        // Kept, to be sent again in its place: after the pause, or after the next welcome.
        if (retryAfterMs === undefined) signaling.resync();
        else if (outbox.unsettled().includes(envelope)) outbox.pause(retryAfterMs);
      }, saidAgain);
    },
  };
}
