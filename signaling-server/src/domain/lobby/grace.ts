import type { AwayCause } from "@serendip/protocol";
import { partnerOf, type Room } from "./room.ts";
import type { Session } from "./session.ts";
import type { LobbySettings } from "./settings.ts";
import type { Transaction } from "./state.ts";

/**
 * Whether the partner's word that media flows holds the place (SPEC G8): then the call lives, whatever signaling does. The
 * word of an absent member does not count (SPEC G10).
 */
function isHeld(room: Room, session: Session, cause: AwayCause): boolean {
  if (cause !== "dropped" && cause !== "silent") return false;
  return partnerOf(room, session)?.partnerMedia === "flowing";
}

/** The grace of a cause by itself, milliseconds from the loss on (SPEC G2). */
function ownGraceMs({ graces }: LobbySettings, { mediaFlowed }: Room, cause: AwayCause): number {
  return cause === "silent" && mediaFlowed ? graces.silent.cutInRoomMs : graces[cause].inRoomMs;
}

/** How long a session that has just lost its socket keeps its place, milliseconds. 0: not at all. */
function graceFor({ lobby }: Transaction, { place }: Session, cause: AwayCause, held: boolean): number {
  const { settings } = lobby;
  if (place.kind === "idle") return 0;
  if (place.kind === "queued") return settings.graces[cause].queuedMs;
  const ownMs = ownGraceMs(settings, place.room, cause);
  return held ? Math.max(ownMs, settings.holdMs) : ownMs;
}

/** Begins the grace of a session that has lost its socket. False when this cause has no grace. */
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
 * Moves the end of a grace when the partner's word about media has changed (SPEC G8, G9). A silent member is cut off wholly
 * from the moment that media stops, so the grace of a cut network begins there. Returns whether the deadline has moved.
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
