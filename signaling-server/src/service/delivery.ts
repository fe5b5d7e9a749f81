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
  readonly tokenExpiresInMs: number;
  readonly socketId: string;
  readonly hello: Hello;
  /** The session is at this socket from now on; the welcome goes out next. */
  onAttached(caller: Caller): void;
}

/**
 * Brings to people what the store tells, outcome after outcome and in the turn of the event loop in which it is told. An answer
 * is sent by whoever asked, and so after the events of its own outcome (SPEC W11).
 */
export interface Delivery {
  /** The command of this arrival follows, with the ticket it brought, once its signature has been verified. */
  expect(arrival: Arrival, presented: TicketClaims | undefined): void;
  /** The socket of the arrival is gone, or nothing came of its command. */
  forget(socketId: string): void;
  deliver(played: Played): void;
  /** Arrivals that are expected. */
  expected(): number;
}

interface DeliveryParts {
  readonly courier: Courier;
  readonly relay: Pick<Relay, "missesSignals" | "flush">;
  readonly ice: Pick<IceGrants, "grant">;
  readonly tickets: Pick<RoomTickets, "ticketOf">;
  readonly welcome: Pick<Welcome, "iceServers" | "retryWindowMs">;
  /** Signals went into a dead connection, and whoever has come back waits for them (SPEC R5). */
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
      ...(state.kind === "idle" ? {} : { ice: ice.grant(sessionId) }),
    });
  };

  /** What waits for who has come back; or a new negotiation, where some of it is missing. */
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
