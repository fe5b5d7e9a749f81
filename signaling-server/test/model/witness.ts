import type { RequestId, RoomId, SessionId, TabId, UserId } from "@serendip/protocol";
import type {
  Caller,
  CloseCause,
  Command,
  Fact,
  MemberView,
  Outcome,
} from "../../src/domain/lobby/command.ts";
import type { LobbySettings } from "../../src/domain/lobby/settings.ts";
import { SeenStanding } from "./seen-standing.ts";

/** One command as it was carried out. */
export interface Executed {
  readonly command: Command;
  readonly outcome: Outcome;
  readonly at: number;
}

/** A wish for a partner, as the facts tell of it. */
export interface SeenSearch {
  requestId: RequestId;
  relayOnly: boolean;
  readonly startedAt: number;
  readonly order: number;
  readonly failedWith: Set<UserId>;
  /** Since when it has been in the queue, this time. */
  waitsSince: number;
}

export interface SeenSession {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  deviceGroup: string | undefined;
  deviceKey: string;
  networkKey: string | undefined;
  tabId: TabId;
  secret: string;
  epoch: number;
  /** Undefined in grace. */
  socketId: string | undefined;
  graceUntil: number | undefined;
  waiting: SeenSearch | undefined;
  room: SeenRoom | undefined;
}

export interface SeenMember extends MemberView {
  readonly search: SeenSearch;
}

export interface SeenRoom {
  readonly roomId: RoomId;
  generation: number;
  members: readonly SeenMember[];
  readonly relayOnly: boolean;
  /** Set as long as only one ticket was shown. */
  revivingSince: number | undefined;
  /** Undefined for a room from before a restart. */
  readonly matchedAt: number | undefined;
  readonly ready: Set<SessionId>;
  /** Those who have said that their partner's media flows. */
  readonly seeing: Set<SessionId>;
  readonly dropped: Set<SessionId>;
}

/** Somebody in the queue. */
export interface Waiting {
  readonly session: SeenSession;
  readonly search: SeenSearch;
}

const pairKey = (a: UserId, b: UserId) => [a, b].sort().join(" ");

/**
 * Rebuilds the lobby from what it says: commands, answers and facts, in their order. It knows the rules of SPEC in
 * its own words and shares no code with the kernel, so that the two can disagree.
 */
export class Witness {
  readonly settings: LobbySettings;
  readonly sessions = new Map<SessionId, SeenSession>();
  readonly rooms = new Map<RoomId, SeenRoom>();
  /** When each pair was last together. */
  readonly lately = new Map<string, number>();
  readonly endedHere = new Set<RoomId>();
  /** Who has asked for a new negotiation, or come back without a connection. */
  readonly begunAnew = new Set<UserId>();
  /** Who was put together in each room, also before restarts: tickets may outlive a room by a while. */
  readonly usersOfRoom = new Map<RoomId, ReadonlySet<UserId>>();
  /** Searches that have left the queue or a room within the present command, by their session. */
  readonly inHand = new Map<SessionId, SeenSearch>();
  readonly standing: SeenStanding;
  #searches = 0;

  constructor(settings: LobbySettings) {
    this.settings = settings;
    this.standing = new SeenStanding(settings.standing);
  }

  get online(): number {
    return [...this.sessions.values()].filter(({ socketId }) => socketId !== undefined).length;
  }

  sessionOf(userId: UserId): SeenSession | undefined {
    return [...this.sessions.values()].find((session) => session.userId === userId);
  }

  /** The session that a caller may speak for. */
  speaks({ sessionId, epoch }: Caller): SeenSession | undefined {
    const session = this.sessions.get(sessionId);
    return session?.epoch === epoch && session.socketId !== undefined ? session : undefined;
  }

  /** Those who can be matched now. */
  matchable(): { readonly session: SeenSession; readonly search: SeenSearch }[] {
    return [...this.sessions.values()].flatMap((session) =>
      session.waiting && session.socketId !== undefined ? [{ session, search: session.waiting }] : [],
    );
  }

  wereTogetherUntil(a: UserId, b: UserId): number {
    const ended = this.lately.get(pairKey(a, b));
    return ended === undefined ? Number.NEGATIVE_INFINITY : ended + this.settings.rematchMs;
  }

  /** SPEC M2, M5, M7. */
  mayMeet(a: [SeenSession, SeenSearch], b: [SeenSession, SeenSearch], at: number): boolean {
    const [[sessionA, searchA], [sessionB, searchB]] = [a, b];
    if (sessionA.userId === sessionB.userId) return false;
    const oneDevice = sessionA.deviceGroup !== undefined && sessionA.deviceGroup === sessionB.deviceGroup;
    if (oneDevice && !this.settings.matchSameDevice) return false;
    if (searchA.failedWith.has(sessionB.userId) || searchB.failedWith.has(sessionA.userId)) return false;
    if (at < this.#keptUntil(a, b, at)) return false;
    if (this.wereTogetherUntil(sessionA.userId, sessionB.userId) <= at) return true;
    return [searchA, searchB].every(({ startedAt }) => at - startedAt >= this.patienceMs);
  }

  /** SPEC M14: each step of standing keeps two apart for half of the time, which runs for the better one. */
  #keptUntil(a: [SeenSession, SeenSearch], b: [SeenSession, SeenSearch], at: number): number {
    const [better, worse] = [a, b]
      .map(([session, { waitsSince }]) => ({ rank: this.standing.rank(session, at), waitsSince }))
      .sort((one, other) => one.rank - other.rank);
    if (!better || !worse || better.rank === worse.rank) return Number.NEGATIVE_INFINITY;
    return better.waitsSince + ((worse.rank - better.rank) * this.settings.standing.keepMs) / 2;
  }

  /** Whether the one goes before the other (SPEC M1). */
  goesFirst(one: Waiting, other: Waiting, at: number): boolean {
    const [rank, otherRank] = [this.standing.rank(one.session, at), this.standing.rank(other.session, at)];
    return rank === otherRank ? isOlder(one.search, other.search) : rank < otherRank;
  }

  get patienceMs(): number {
    return this.online === 2 ? this.settings.rematchLiftWhenTwoMs : this.settings.rematchLiftMs;
  }

  /** Takes in one fact; `executed` is the command that it belongs to. */
  take(fact: Fact, executed: Executed): void {
    const { command, at } = executed;
    switch (fact.type) {
      case "session-opened": {
        if (command.type !== "attach") throw new Error("a session was opened without an attach");
        const { userId, deviceGroup, deviceKey, networkKey, tabId, socketId } = command;
        this.sessions.set(fact.sessionId, {
          sessionId: fact.sessionId,
          userId,
          deviceGroup,
          deviceKey,
          networkKey,
          tabId,
          secret: "",
          epoch: fact.epoch,
          socketId,
          graceUntil: undefined,
          waiting: undefined,
          room: undefined,
        });
        return;
      }
      case "session-attached": {
        if (command.type !== "attach") throw new Error("a session was attached without an attach");
        const session = this.#session(fact.sessionId);
        const { deviceGroup, deviceKey, networkKey, tabId, socketId } = command;
        const who = { deviceGroup, deviceKey, networkKey };
        Object.assign(session, { ...who, tabId, socketId, epoch: fact.epoch, graceUntil: undefined });
        return;
      }
      case "session-closed":
        this.sessions.delete(fact.sessionId);
        return;
      case "grace-started": {
        const session = this.#session(fact.sessionId);
        session.socketId = undefined;
        session.graceUntil = at + fact.graceMs;
        const { room } = session;
        if (!room || fact.cause === "drain" || room.members.length < 2) return;
        if (!room.dropped.has(session.sessionId)) this.standing.drop(session, room, at);
        room.dropped.add(session.sessionId);
        return;
      }
      case "grace-moved":
        this.#session(fact.sessionId).graceUntil = at + fact.graceMs;
        return;
      case "queued": {
        const session = this.#session(fact.sessionId);
        const search = this.inHand.get(fact.sessionId) ?? this.#newSearch(fact.requestId, at, false);
        search.requestId = fact.requestId;
        if (command.type === "find" && command.caller.sessionId === fact.sessionId)
          search.relayOnly = command.relayOnly;
        session.waiting = search;
        this.inHand.delete(fact.sessionId);
        return;
      }
      case "unqueued": {
        const session = this.#session(fact.sessionId);
        if (session.waiting) this.inHand.set(fact.sessionId, session.waiting);
        session.waiting = undefined;
        return;
      }
      case "room-reviving":
        this.#openRoom(fact, [fact.member], at);
        return;
      case "room-opened":
        this.#openRoom(fact, fact.members, at);
        return;
      case "generation-raised": {
        const room = this.rooms.get(fact.roomId);
        if (!room) throw new Error(`the generation of no room was raised: ${fact.roomId}`);
        room.generation = fact.generation;
        room.members = room.members.map((member) => ({
          ...member,
          ...fact.members.find(({ sessionId }) => sessionId === member.sessionId),
        }));
        return;
      }
      case "room-ended":
        this.#endRoom(fact, executed);
        return;
      case "member-away":
      case "member-back":
        return;
    }
  }

  /** The command is over, and with it all that was in hand. */
  finish({ command, outcome }: Executed): void {
    this.inHand.clear();
    if (command.type === "attach") this.begunAnew.add(command.userId);
    if (command.type === "rebuild" || command.type === "raise-generation") {
      const session = this.sessions.get(command.caller.sessionId);
      if (session) this.begunAnew.add(session.userId);
    }
    const { answer } = outcome;
    if (answer.ok && (command.type === "ready" || command.type === "media")) {
      const { sessionId } = command.caller;
      const room = this.rooms.get(command.roomId);
      const isMember = room?.members.some((member) => member.sessionId === sessionId);
      if (isMember && command.type === "ready") room?.ready.add(sessionId);
      if (isMember && command.type === "media" && command.flowing) room?.seeing.add(sessionId);
    }
    if (command.type !== "attach" || !answer.ok || answer.type !== "attached") return;
    const session = this.#session(answer.sessionId);
    session.secret = answer.resumeSecret;
  }

  /** The service has forgotten everything; pages have not. */
  restart(): void {
    this.sessions.clear();
    this.rooms.clear();
    this.lately.clear();
    this.standing.forget();
    this.endedHere.clear();
    this.begunAnew.clear();
    this.inHand.clear();
  }

  #openRoom(
    { roomId, generation, relayOnly }: Pick<SeenRoom, "roomId" | "generation" | "relayOnly">,
    members: readonly MemberView[],
    at: number,
  ): void {
    const before = this.rooms.get(roomId);
    const room: SeenRoom = {
      roomId,
      generation,
      relayOnly,
      members: members.map((member) => ({
        ...member,
        search:
          this.inHand.get(member.sessionId) ??
          before?.members.find(({ sessionId }) => sessionId === member.sessionId)?.search ??
          this.#newSearch(member.requestId, at, relayOnly),
      })),
      revivingSince: members.length === 1 ? at : undefined,
      matchedAt: members.length === 1 || before ? undefined : at,
      ready: new Set(),
      seeing: new Set(),
      dropped: new Set(),
    };
    this.rooms.set(roomId, room);
    if (members.length === 2 && !this.usersOfRoom.has(roomId))
      this.usersOfRoom.set(roomId, new Set(members.map(({ userId }) => userId)));
    for (const { sessionId } of members) {
      this.inHand.delete(sessionId);
      this.#session(sessionId).room = room;
    }
  }

  #endRoom(fact: Extract<Fact, { type: "room-ended" }>, executed: Executed): void {
    const { roomId, reason } = fact;
    const { at } = executed;
    const room = this.rooms.get(roomId);
    if (!room) throw new Error(`a room ended that is not there: ${roomId}`);
    const [first, second] = room.members;
    if (first && second) {
      const sessions = [this.#session(first.sessionId), this.#session(second.sessionId)] as const;
      this.standing.end({ room, reason, by: this.#whoEnded(room, fact, executed), sessions, at });
      this.lately.set(pairKey(first.userId, second.userId), at);
      if (reason === "media-failed") {
        first.search.failedWith.add(second.userId);
        second.search.failedWith.add(first.userId);
      }
    }
    for (const { sessionId, search } of room.members) {
      this.#session(sessionId).room = undefined;
      if (reason === "media-failed" || reason === "timeout")
        this.inHand.set(sessionId, Object.assign(search, { waitsSince: at }));
    }
    this.rooms.delete(roomId);
    this.endedHere.add(roomId);
  }

  /** Who left a room; what ends sessions without their caller closes the leaver after the room. */
  #whoEnded(room: SeenRoom, fact: Fact, { command, outcome }: Executed): SessionId | undefined {
    const members = room.members.map(({ sessionId }) => sessionId);
    if (command.type === "attach") return this.sessionOf(command.userId)?.sessionId;
    if ("caller" in command) return command.caller.sessionId;
    const after = outcome.facts.slice(outcome.facts.indexOf(fact));
    for (const each of after)
      if (each.type === "session-closed" && members.includes(each.sessionId))
        if (ENDS_A_ROOM.has(each.cause)) return each.sessionId;
    return undefined;
  }

  #newSearch(requestId: RequestId, startedAt: number, relayOnly: boolean): SeenSearch {
    this.#searches += 1;
    return {
      requestId,
      relayOnly,
      startedAt,
      order: this.#searches,
      failedWith: new Set(),
      waitsSince: startedAt,
    };
  }

  #session(sessionId: SessionId): SeenSession {
    const session = this.sessions.get(sessionId);
    if (!session) throw new Error(`a fact is about a session that is not there: ${sessionId}`);
    return session;
  }
}

const ENDS_A_ROOM: ReadonlySet<CloseCause> = new Set(["grace-over", "stale", "shut-out"]);

export const isOlder = (a: SeenSearch, b: SeenSearch) =>
  a.startedAt < b.startedAt || (a.startedAt === b.startedAt && a.order < b.order);
