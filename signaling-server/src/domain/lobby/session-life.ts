import type { CloseCause, Command } from "./command.ts";
import type { Session } from "./session.ts";
import type { Transaction } from "./state.ts";

/** Opens an idle session with its first socket. No session may have its id yet. */
export function openSession(tx: Transaction, command: Extract<Command, { type: "attach" }>): Session {
  const { lobby, now, facts } = tx;
  const session: Session = {
    sessionId: command.newSessionId,
    userId: command.userId,
    deviceGroup: command.deviceGroup,
    networkKey: command.networkKey,
    deviceKey: command.deviceKey,
    tabId: command.tabId,
    resumeSecret: command.newResumeSecret,
    epoch: 1,
    presence: { kind: "connected", socketId: command.socketId },
    place: { kind: "idle" },
    newestConnections: [],
    takenOverAt: [],
  };
  lobby.sessions.set(session.sessionId, session);
  lobby.sessionOfUser.set(session.userId, session);
  lobby.alive.set(session, true, now);
  lobby.online += 1;
  facts.push({
    type: "session-opened",
    sessionId: session.sessionId,
    userId: session.userId,
    epoch: session.epoch,
    socketId: command.socketId,
  });
  return session;
}

/** Moves a session to another socket. What its old socket still sends is stale from here on (SPEC S6). */
export function moveToSocket(tx: Transaction, session: Session, socketId: string): void {
  const { lobby, now } = tx;
  if (session.presence.kind === "away") {
    lobby.deadlines.cancel(session.presence.grace);
    lobby.online += 1;
  }
  session.presence = { kind: "connected", socketId };
  session.epoch += 1;
  lobby.alive.set(session, true, now);
}

/** Removes every trace of an idle session. */
export function closeSession(tx: Transaction, session: Session, cause: CloseCause): void {
  const { lobby, facts } = tx;
  if (session.presence.kind === "away") lobby.deadlines.cancel(session.presence.grace);
  else lobby.online -= 1;
  lobby.alive.delete(session);
  lobby.requests.forget(session.sessionId);
  lobby.sessions.delete(session.sessionId);
  lobby.sessionOfUser.delete(session.userId);
  facts.push({ type: "session-closed", sessionId: session.sessionId, cause });
}

/** A session without a socket and with nothing to keep is forgotten (SPEC S9). */
export function closeIfGone(tx: Transaction, session: Session): void {
  if (session.place.kind === "idle" && session.presence.kind === "away")
    closeSession(tx, session, session.presence.cause);
}
