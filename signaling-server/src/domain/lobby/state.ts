import type { RoomId, SessionId, UserId } from "@serendip/protocol";
import { createDeadlines, type Deadlines } from "../collections/deadlines.ts";
import { createExpiringMap, type ExpiringMap } from "../collections/expiring-map.ts";
import { type Spending, spendingMatters } from "../flood.ts";
import type { Fact, Notice } from "./command.ts";
import { createWaitingQueue, type WaitingQueue } from "./queue.ts";
import { createRecentPartners, type RecentPartners } from "./recent-partners.ts";
import { createRequestMemory, type RequestMemory } from "./request-memory.ts";
import type { Room, RoomMember } from "./room.ts";
import type { Search, Session } from "./session.ts";
import type { LobbySettings } from "./settings.ts";
import { createStandings, type Standings } from "./standing/standings.ts";

/** What a deadline of the lobby is for. */
export type Due =
  | { readonly kind: "grace-over"; readonly session: Session }
  | { readonly kind: "tell-away"; readonly room: Room; readonly member: RoomMember }
  | { readonly kind: "not-ready"; readonly room: Room }
  | { readonly kind: "not-revived"; readonly room: Room }
  | { readonly kind: "retry"; readonly search: Search }
  | { readonly kind: "sweep" };

/** All sessions, rooms and searches of one server. Owned and changed only by `apply`. */
export interface LobbyState {
  readonly settings: LobbySettings;
  readonly instanceId: string;
  readonly sessions: Map<SessionId, Session>;
  readonly sessionOfUser: Map<UserId, Session>;
  readonly rooms: Map<RoomId, Room>;
  readonly queue: WaitingQueue;
  readonly deadlines: Deadlines<Due>;
  readonly recentPartners: RecentPartners;
  readonly requests: RequestMemory;
  readonly endedRooms: ExpiringMap<RoomId, true>;
  /** What is left to people who have begun negotiations anew; whoever has no entry has everything left (SPEC R17). */
  readonly spendings: ExpiringMap<UserId, Spending>;
  /** The conduct of devices and networks lately (SPEC M10). */
  readonly standings: Standings;
  /** Connected sessions; an entry expires `staleMs` after the session's last sign of life. */
  readonly alive: ExpiringMap<Session, true>;
  /** Sessions with a socket. */
  online: number;
  /** Sessions with a place in the queue, also those in grace. */
  waiting: number;
  searchesMade: number;
  roomsMade: number;
  sweepArmed: boolean;
  /** No match is made any more (SPEC D1). */
  draining: boolean;
}

/** One command being carried out: what it has brought about so far. */
export interface Transaction {
  readonly lobby: LobbyState;
  readonly now: number;
  readonly notices: Notice[];
  readonly facts: Fact[];
  /** Searches that may have somebody to meet by now; none are left when the command is over. */
  readonly seekers: Set<Search>;
}

/** @param instanceId makes room ids unique across servers and restarts; 1–60 characters of the alphabet of ids. */
export function createLobbyState(settings: LobbySettings, instanceId: string): LobbyState {
  const { mostMemories: most } = settings;
  return {
    settings,
    instanceId,
    sessions: new Map(),
    sessionOfUser: new Map(),
    rooms: new Map(),
    queue: createWaitingQueue(!settings.matchSameDevice),
    deadlines: createDeadlines(),
    recentPartners: createRecentPartners(settings.rematchMs, most),
    requests: createRequestMemory(settings.requestMemoryMs, {
      perSession: settings.requestMemoryCount,
      most,
    }),
    endedRooms: createExpiringMap(settings.endedRoomMs, { most }),
    spendings: createExpiringMap(spendingMatters(settings.flood), { most }),
    standings: createStandings(),
    alive: createExpiringMap(settings.staleMs),
    online: 0,
    waiting: 0,
    searchesMade: 0,
    roomsMade: 0,
    sweepArmed: false,
    draining: false,
  };
}
