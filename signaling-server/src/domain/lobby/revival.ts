import { startOver, tellAway } from "./absence.ts";
import type { TicketClaims } from "./command.ts";
import { tellBack } from "./generation.ts";
import { newMember, originsOf, type Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { Transaction } from "./state.ts";
import { viewOfMember } from "./views.ts";
import { newSearch } from "./waiting.ts";

/** What an idle session brings of a room from before this server's start. */
export interface Memory {
  readonly ticket: TicketClaims;
  /** The page no longer holds the room's peer connection. */
  readonly connectionLost: boolean;
}

/**
 * Takes a ticket whose signature has been verified (SPEC T2). A ticket that does not fit is ignored: a room that ended here
 * stays ended, and a ticket restores the two it names and nobody else.
 */
export function presentTicket(tx: Transaction, session: Session, memory: Memory): void {
  const { lobby, now } = tx;
  const { ticket } = memory;
  if (ticket.me !== session.userId || ticket.names.partner === ticket.names.me) return;
  if (lobby.endedRooms.get(ticket.roomId, now)) return;
  const room = lobby.rooms.get(ticket.roomId);
  if (room) joinRevivingRoom(tx, { room, session, memory });
  else reviveRoom(tx, session, memory);
}

/**
 * A ticket does not tell which of the two asked for relay only, so both count as having asked until their next `find` (SPEC
 * K5).
 */
function reviveRoom(tx: Transaction, session: Session, { ticket, connectionLost }: Memory): void {
  const { lobby, now, facts } = tx;
  const member = newMember(
    newSearch(tx, session, { ...ticket, mediaReady: false }),
    ticket.role,
    ticket.generation,
  );
  const room: Room = {
    roomId: ticket.roomId,
    members: [member],
    generation: ticket.generation,
    phase: { kind: "in-call" },
    relayOnly: ticket.relayOnly,
    mediaFlowed: false,
    matchedAt: undefined,
  };
  const deadline = lobby.deadlines.arm(now + lobby.settings.reviveMs, { kind: "not-revived", room });
  room.phase = { kind: "reviving", deadline, names: ticket.names, startOver: connectionLost };
  lobby.rooms.set(room.roomId, room);
  session.place = { kind: "in-room", room };
  facts.push({
    type: "room-reviving",
    roomId: room.roomId,
    generation: room.generation,
    member: viewOfMember(member),
    relayOnly: room.relayOnly,
  });
}

function joinRevivingRoom(
  tx: Transaction,
  { room, session, memory }: { room: Room; session: Session; memory: Memory },
): void {
  const { lobby, facts } = tx;
  const { ticket, connectionLost } = memory;
  const { phase } = room;
  const [first] = room.members;
  if (phase.kind !== "reviving" || !first) return;
  if (phase.names.partner !== ticket.names.me || phase.names.me !== ticket.names.partner) return;
  // Tickets of different generations were signed around a new negotiation that one side had not heard of yet.
  const sameGeneration = ticket.generation === room.generation;
  if (sameGeneration && ticket.role === first.role) return;

  lobby.deadlines.cancel(phase.deadline);
  lobby.deadlines.cancel(first.awayNotice);
  room.phase = { kind: "in-call" };
  room.generation = Math.max(room.generation, ticket.generation);
  room.relayOnly ||= ticket.relayOnly;
  const role = first.role === "initiator" ? "responder" : "initiator";
  const second = newMember(newSearch(tx, session, { ...ticket, mediaReady: false }), role, room.generation);
  room.members.push(second);
  session.place = { kind: "in-room", room };
  facts.push({
    type: "room-opened",
    roomId: room.roomId,
    generation: room.generation,
    members: [viewOfMember(first), viewOfMember(second)],
    relayOnly: room.relayOnly,
    origins: originsOf(first.session, session),
    waitedMs: [0, 0],
  });
  if (connectionLost || !sameGeneration) startOver(tx, room, second);
  else if (phase.startOver) startOver(tx, room, first);
  second.toldGeneration = room.generation;

  if (first.session.presence.kind === "connected") {
    tellBack(tx, room, first);
  } else {
    facts.push({ type: "member-away", roomId: room.roomId, sessionId: first.session.sessionId });
    tellAway(tx, room, first);
  }
}
