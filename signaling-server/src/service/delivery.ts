import type { Hello, Welcome } from "@serendip/protocol";
import type { Answer, Caller, Notice, TicketClaims } from "../domain/lobby/command.ts";
import type { Courier } from "../ports.ts";
import type { Played } from "../store/lobby-store.ts";
import type { IceGrants } from "./ice/grants.ts";
import type { Relay } from "./relay/relay.ts";
import type { RoomTickets } from "./room-tickets.ts";

/** Somebody whose hello has been read and whose token is good. */
export interface Arrival {
  readonly userId: string;
  readonly deviceGroup: string | undefined;
  /** A keyed hash of the network of the connection; undefined where it is not known. */
  readonly networkKey: string | undefined;
  /** A keyed hash of the device, or of the user where no device is known. */
  readonly deviceKey: string;
  readonly tokenExpiresInMs: number;
  readonly socketId: string;
  readonly hello: Hello;
  /** Called when the session has moved to this socket, just before its welcome is sent. */
  onAttached(caller: Caller): void;
}

/**
 * Sends the notices of each outcome synchronously, as the store tells it. Whoever has sent the request sends its answer, and
 * so after the events of its outcome (SPEC W11).
 */
export interface Delivery {
  /**
   * Announces an arrival before its command is executed, with the ticket that it brought, whose signature has been verified.
   */
  expect(arrival: Arrival, presented: TicketClaims | undefined): void;
  /** Takes the announcement back: the socket is gone, or the command has failed. */
  forget(socketId: string): void;
  deliver(played: Played): void;
  /** Number of arrivals that are announced. */
  expected(): number;
}

interface DeliveryParts {
  readonly courier: Courier;
  readonly relay: Pick<Relay, "missesSignals" | "flush">;
  readonly ice: Pick<IceGrants, "arrived" | "grant" | "relay">;
  readonly tickets: Pick<RoomTickets, "ticketOf">;
  readonly welcome: Pick<Welcome, "iceServers" | "retryWindowMs">;
  /** Called when signals went into a dead connection of the caller, who has come back and waits for them (SPEC R14). */
  readonly onSignalsLost: (caller: Caller, room: { roomId: string; generation: number }) => void;
}

type Attached = Extract<Answer, { type: "attached" }>;

interface Expected {
  readonly arrival: Arrival;
  readonly presented: TicketClaims | undefined;
}

export function createDelivery(parts: DeliveryParts): Delivery {
  const { courier, relay, ice, tickets, welcome, onSignalsLost } = parts;
  const expected = new Map<string, Expected>();

  const send = (notice: Notice): void => {
    const { socketId, sessionId } = notice;
    if (notice.event === "bye") courier.dismiss(socketId, notice.body);
    else if (notice.event === "probe") courier.probe(socketId);
    else if (notice.event === "matched") {
      const ticket = tickets.ticketOf(notice.body.room, sessionId);
      const body = { ...notice.body, ...(ticket ? { ticket } : {}), ice: ice.grant(sessionId) };
      courier.deliver(socketId, "matched", body);
    } else courier.deliver(socketId, notice.event, notice.body);
  };

  const sendWelcome = ({ arrival, presented }: Expected, attached: Attached): void => {
    const { sessionId, resumeSecret, epoch, resumed, state } = attached;
    ice.arrived(sessionId, arrival);
    arrival.onAttached({ sessionId, epoch });
    const ticket = state.kind === "in-room" ? tickets.ticketOf(state.room, sessionId, presented) : undefined;
    courier.deliver(arrival.socketId, "welcome", {
      sessionId,
      resumeSecret,
      epoch,
      resumed,
      state,
      ...(ticket ? { ticket } : {}),
      tokenExpiresInMs: arrival.tokenExpiresInMs,
      ...welcome,
      relay: ice.relay(),
      ...(state.kind === "in-room" ? { ice: ice.grant(sessionId) } : {}),
      ...(arrival.hello.cumulativeAcks ? { cumulativeAcks: true } : {}),
    });
  };

  /** Delivers the signals that were kept for a page that is back, or begins a new negotiation where some are lost. */
  const catchUp = ({ hello }: Arrival, { sessionId, epoch, state }: Attached): void => {
    const received = hello.resume?.received;
    if (state.kind === "in-room" && received && relay.missesSignals(sessionId, received))
      onSignalsLost({ sessionId, epoch }, state.room);
    else relay.flush(sessionId);
  };

  return {
    expect(arrival, presented) {
      expected.set(arrival.socketId, { arrival, presented });
    },

    forget: (socketId) => void expected.delete(socketId),

    deliver({ command, outcome: { answer, notices } }) {
      const socketId = command.type === "attach" ? command.socketId : undefined;
      const arriving = socketId === undefined ? undefined : expected.get(socketId);
      const attached = answer.ok && answer.type === "attached" ? answer : undefined;
      if (socketId !== undefined) expected.delete(socketId);
      if (arriving && attached) sendWelcome(arriving, attached);
      for (const notice of notices) send(notice);
      if (arriving && attached) catchUp(arriving.arrival, attached);
    },

    expected: () => expected.size,
  };
}
