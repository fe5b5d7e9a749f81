import { comeBack } from "./absence.ts";
import type { Answer, Command } from "./command.ts";
import { matchSeekers, seek } from "./matching.ts";
import { presentTicket } from "./revival.ts";
import { leaveRoom } from "./room-ending.ts";
import type { Session } from "./session.ts";
import { moveToSocket, openSession } from "./session-life.ts";
import type { Transaction } from "./state.ts";
import { sayBye } from "./tell.ts";
import { stateOf } from "./views.ts";
import { park } from "./waiting.ts";

type Attach = Extract<Command, { type: "attach" }>;

const hasSecret = (session: Session, { resume }: Attach) =>
  resume?.sessionId === session.sessionId && resume.resumeSecret === session.resumeSecret;

/**
 * A person arrives on a new socket. Nobody is refused for being here already: the newest socket wins (SPEC S4, S5), and only
 * tabs that take the session from each other over and over are told to stop.
 */
export function attach(tx: Transaction, command: Attach): Answer {
  const { lobby } = tx;
  const known = lobby.sessionOfUser.get(command.userId);
  const newer = known && newerThan(known, command);
  if (newer !== undefined) return { ok: false, code: "stale_connection", newestConnection: newer };
  const samePage = known !== undefined && (known.tabId === command.tabId || hasSecret(known, command));

  let session: Session;
  if (!known) {
    if (lobby.sessions.has(command.newSessionId)) return { ok: false, code: "internal" };
    session = openSession(tx, command);
    noteConnection(session, command);
  } else {
    session = known;
    // A refused attempt counts as well: an older one of its tab must not take the session later.
    noteConnection(session, command);
    if (samePage) resume(tx, session, command);
    else if (!moveToTab(tx, session, command)) return { ok: false, code: "superseded" };
  }

  if (command.ticket && session.place.kind === "idle") {
    // The ticket proves the room, so the page is believed about its connection even where its session is unknown.
    const connectionLost = command.resume?.peerConnection !== "alive";
    presentTicket(tx, session, { ticket: command.ticket, connectionLost });
  }
  matchSeekers(tx);
  return {
    ok: true,
    type: "attached",
    sessionId: session.sessionId,
    resumeSecret: session.resumeSecret,
    epoch: session.epoch,
    resumed: samePage,
    state: stateOf(session),
  };
}

/** Tabs of one person whose newest connection is remembered (SPEC S10). */
const TABS_REMEMBERED = 8;

/**
 * The newest connection that the hello's tab has shown, where the hello's own is not newer. Such a hello may have lain in
 * the network while the page made another attempt, and must not take the session from it (SPEC S10).
 */
function newerThan({ newestConnections }: Session, { tabId, connection }: Attach): number | undefined {
  const seen = newestConnections.find((each) => each.tabId === tabId)?.connection;
  return seen !== undefined && connection !== undefined && connection <= seen ? seen : undefined;
}

/** The tab that has the session is never forgotten: refused attempts of many others would open it to its own late ones. */
function noteConnection(session: Session, { tabId, connection }: Attach): void {
  if (connection === undefined) return;
  const known = session.newestConnections.filter((each) => each.tabId !== tabId);
  const dropped =
    known.length < TABS_REMEMBERED ? undefined : known.find((each) => each.tabId !== session.tabId);
  session.newestConnections = [...known.filter((each) => each !== dropped), { tabId, connection }];
}

/** The same page on another socket: everything is kept, and only the old socket is told. */
function resume(tx: Transaction, session: Session, command: Attach): void {
  const { presence, place } = session;
  const wasAway = presence.kind === "away";
  const heard = hasSecret(session, command) ? command.resume?.epoch : undefined;
  const missedWelcomes = heard === undefined ? 0 : Math.max(0, session.epoch - heard);
  if (!wasAway && presence.socketId !== command.socketId) sayBye(tx, session, "session_resumed");
  settle(tx, session, command);
  tx.facts.push({
    type: "session-attached",
    sessionId: session.sessionId,
    epoch: session.epoch,
    socketId: command.socketId,
    missedWelcomes,
    how: wasAway ? "resumed" : "taken-over",
  });
  if (place.kind === "queued") seek(tx, place.search);
  if (place.kind !== "in-room") return;
  // A page without the secret has lost its memory, and what it says of its connection may be about another room.
  const connectionLost = !hasSecret(session, command) || command.resume?.peerConnection !== "alive";
  comeBack(tx, place.room, session, { wasAway, connectionLost });
}

/**
 * Another tab of the same person takes over. False when it is refused, because the tabs would take the session from each
 * other for ever (SPEC S5).
 */
function moveToTab(tx: Transaction, session: Session, command: Attach): boolean {
  const { settings } = tx.lobby;
  const { place } = session;
  if (session.presence.kind === "connected") {
    const since = tx.now - settings.takeoverWindowMs;
    const latest = session.takenOverAt.filter((at) => at > since);
    if (!command.force && latest.length >= settings.takeoverLimit) return false;
    session.takenOverAt =
      settings.takeoverLimit > 0 ? [...latest, tx.now].slice(-settings.takeoverLimit) : [];
    sayBye(tx, session, "superseded");
  }
  if (place.kind === "in-room") leaveRoom(tx, place.room, session, "superseded");
  settle(tx, session, command);
  // The old tab must not resume with its secret.
  session.resumeSecret = command.newResumeSecret;
  tx.facts.push({
    type: "session-attached",
    sessionId: session.sessionId,
    epoch: session.epoch,
    socketId: command.socketId,
    missedWelcomes: 0,
    how: "moved-tab",
  });
  if (place.kind === "queued") seek(tx, place.search);
  return true;
}

/** Moves the session to the new socket, and its search back into the queue. */
function settle(tx: Transaction, session: Session, command: Attach): void {
  const { queue } = tx.lobby;
  const { place } = session;
  if (place.kind === "queued") park(tx.lobby, place.search);
  moveToSocket(tx, session, command.socketId);
  session.tabId = command.tabId;
  session.deviceGroup = command.deviceGroup;
  session.networkKey = command.networkKey;
  session.deviceKey = command.deviceKey;
  if (place.kind === "queued") queue.add(place.search);
}
