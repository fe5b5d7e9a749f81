import type { AwayCause } from "@serendip/protocol";
import { partnerOf, type Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { LobbySettings } from "./settings.ts";
import type { Transaction } from "./state.ts";

/**
 * A place is held while the partner says that media flows: then the call lives, whatever signaling does. The word of one
 * who is away is forgotten.
 */
function isHeld(room: Room, session: Session, cause: AwayCause): boolean {
  if (cause !== "dropped" && cause !== "silent") return false;
  return partnerOf(room, session)?.partnerMedia === "flowing";
}

/** What the cause is worth by itself, from the loss on (SPEC G2). */
function ownGraceMs({ graces }: LobbySettings, { mediaFlowed }: Room, cause: AwayCause): number {
  return cause === "silent" && mediaFlowed ? graces.silent.cutInRoomMs : graces[cause].inRoomMs;
}

/** How long a place is kept that has just lost its socket. 0: not at all. */
function graceFor({ lobby }: Transaction, { place }: Session, cause: AwayCause, held: boolean): number {
  const { settings } = lobby;
  if (place.kind === "idle") return 0;
  if (place.kind === "queued") return settings.graces[cause].queuedMs;
  const ownMs = ownGraceMs(settings, place.room, cause);
  return held ? Math.max(ownMs, settings.holdMs) : ownMs;
}

/** The socket is gone and the place is kept; false when the cause is worth no grace. */
export function startGrace(tx: Transaction, session: Session, cause: AwayCause): boolean {
  const { lobby, now, facts } = tx;
  const { place } = session;
  const held = place.kind === "in-room" && isHeld(place.room, session, cause);
  const graceMs = graceFor(tx, session, cause, held);
  if (graceMs <= 0) return false;
  const until = now + graceMs;
  const grace = lobby.deadlines.arm(until, { kind: "grace-over", session });
  session.presence = { kind: "away", cause, since: now, until, held, grace };
  lobby.online -= 1;
  lobby.alive.delete(session);
  facts.push({ type: "grace-started", sessionId: session.sessionId, cause, graceMs });
  return true;
}

/**
 * Moves the end of a grace when what holds it has changed (SPEC G8, G9). Who fell silent is cut off wholly from the moment
 * that media stops, and so gets the time of a cut network from there. Whether the deadline has moved.
 */
export function reviewGrace(tx: Transaction, room: Room, session: Session): boolean {
  const { lobby, now, facts } = tx;
  const { settings } = lobby;
  const { presence } = session;
  if (presence.kind !== "away") return false;
  const { cause, since } = presence;
  const held = isHeld(room, session, cause);
  if (held === presence.held) return false;

  const { cutInRoomMs, inRoomMs } = settings.graces.silent;
  const ownEnd = since + ownGraceMs(settings, room, cause);
  const holdEnd = since + settings.holdMs;
  const released = Math.min(holdEnd, now + (cause === "silent" ? cutInRoomMs : inRoomMs));
  const until = Math.max(ownEnd, held ? holdEnd : released);
  lobby.deadlines.cancel(presence.grace);
  const grace = lobby.deadlines.arm(until, { kind: "grace-over", session });
  session.presence = { ...presence, until, held, grace };
  facts.push({ type: "grace-moved", sessionId: session.sessionId, cause, graceMs: until - now });
  return until !== presence.until;
}
