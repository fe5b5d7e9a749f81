import type { Hello, RoomView, SessionId, Welcome } from "@serendip/protocol";
import type { Member, Notice, Outcome, TicketClaims } from "../domain/lobby/command.ts";
import type { Courier, Log, TicketSigner } from "../ports.ts";
import { logFact } from "./fact-log.ts";
import type { IceGrants } from "./ice-grants.ts";
import type { Relay } from "./relay.ts";

/** Somebody whose hello has been read and whose token was good. */
export interface Arrival {
  readonly userId: string;
  readonly deviceGroup: string | undefined;
  readonly tokenExpiresInMs: number;
  readonly socketId: string;
  readonly hello: Hello;
}

/** An arrival with the ticket it brought, once its signature has been verified. */
export type Arrived = Arrival & { readonly presented: TicketClaims | undefined };

/** Brings outcomes to people, one outcome after the other. */
export interface Delivery {
  /**
   * Resolves when everything of this outcome has been handed to the courier. Outcomes are delivered in the order of
   * the calls. `arrival`: who attached by this command, and the ticket that came along.
   */
  deliver(outcome: Outcome, arrival?: Arrived): Promise<void>;
  /** Gives everybody in a room a newer ticket, in between other deliveries. */
  renewTickets(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

interface DeliveryParts {
  readonly courier: Courier;
  readonly relay: Relay;
  readonly ice: Pick<IceGrants, "grant" | "observe">;
  readonly tickets: TicketSigner;
  readonly log: Log;
  readonly welcome: Pick<Welcome, "iceServers" | "retryWindowMs">;
}

export function createDelivery({ courier, relay, ice, tickets, log, welcome }: DeliveryParts): Delivery {
  let tail = Promise.resolve();

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = tail.then(work);
    tail = done.catch(() => undefined);
    return done;
  };

  const signed = (
    room: Omit<TicketClaims, "me" | "partner">,
    me: Pick<Member, "userId">,
    partner: Pick<Member, "userId">,
  ): Promise<string> => tickets.sign({ ...room, me: me.userId, partner: partner.userId });

  /** The ticket of a room as one session sees it; undefined where the partner is not known. */
  async function ticketOf(room: RoomView, sessionId: SessionId, presented?: TicketClaims) {
    const members = relay.members(room.roomId);
    const me = members.find((member) => member.sessionId === sessionId);
    const partner = members.find((member) => member.sessionId !== sessionId);
    const { roomId, generation, role, requestId, relayOnly = false } = room;
    if (me && partner) return signed({ roomId, generation, role, requestId, relayOnly }, me, partner);
    // A reviving room knows only what its first ticket said.
    if (presented?.roomId === roomId)
      return tickets.sign({ ...presented, generation, role, requestId, relayOnly });
    return undefined;
  }

  async function ticketsOf(outcome: Outcome): Promise<ReadonlyMap<Notice, string>> {
    const found = new Map<Notice, string>();
    for (const notice of outcome.notices) {
      if (notice.event !== "matched") continue;
      const ticket = await ticketOf(notice.body.room, notice.sessionId);
      if (ticket) found.set(notice, ticket);
    }
    return found;
  }

  const send = (notice: Notice, ticket: string | undefined): void => {
    if (notice.event === "bye") courier.dismiss(notice.socketId, notice.body);
    else if (notice.event === "probe") courier.probe(notice.socketId);
    else if (notice.event === "matched")
      courier.deliver(notice.socketId, "matched", {
        ...notice.body,
        ...(ticket ? { ticket } : {}),
        ice: ice.grant(notice.sessionId),
      });
    else courier.deliver(notice.socketId, notice.event, notice.body);
  };

  async function deliverNow(outcome: Outcome, arrival: Arrived | undefined): Promise<void> {
    relay.observe(outcome.facts);
    ice.observe(outcome.facts);
    for (const fact of outcome.facts) logFact(log, fact);

    const { answer } = outcome;
    const attached = arrival && answer.ok && answer.type === "attached" ? answer : undefined;
    const tickets = await ticketsOf(outcome);
    if (arrival && attached) {
      const { sessionId, resumeSecret, epoch, resumed, state } = attached;
      const ticket =
        state.kind === "in-room" ? await ticketOf(state.room, sessionId, arrival.presented) : undefined;
      relay.seat({ sessionId, epoch, socketId: arrival.socketId });
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
    }
    for (const notice of outcome.notices) send(notice, tickets.get(notice));
    if (attached) relay.flush(attached.sessionId);
  }

  async function renewTicket(sessionId: SessionId): Promise<void> {
    const member = relay.presentMember(sessionId);
    if (!member?.partner) return;
    const { roomId, generation, socketId, me, partner, relayOnly } = member;
    const { role, requestId } = me;
    const ticket = await signed({ roomId, generation, role, requestId, relayOnly }, me, partner);
    courier.deliver(socketId, "ticket", { roomId, ticket });
  }

  return {
    deliver: (outcome, arrival) => inTurn(() => deliverNow(outcome, arrival)),

    // One at a time: signing takes a while, and thousands of tickets must not keep a match waiting.
    async renewTickets() {
      for (const sessionId of relay.present()) await inTurn(() => renewTicket(sessionId));
    },

    idle: () => tail,
  };
}
