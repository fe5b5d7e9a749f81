import type { Role, RoomId } from "@serendip/protocol";
import type { Deadline } from "../collections/deadlines.ts";
import type { RoomOrigins } from "./command.ts";
import type { Search, Session } from "./session.ts";
import type { Due } from "./state.ts";

/** One side of a room. */
export interface RoomMember {
  readonly session: Session;
  /** The search that led here. */
  readonly search: Search;
  role: Role;
  ready: boolean;
  /** The latest generation that this member has been told of. */
  toldGeneration: number;
  /** What this member has last said of its partner's media in the present generation (SPEC G6). */
  partnerMedia: "unknown" | "flowing" | "stopped";
  /** Whether the partner has been told that this member is away. */
  awayTold: boolean;
  /** The deadline at which the partner is told that this member is away. */
  awayNotice: Deadline<Due> | undefined;
  /** Whether this member has ever said that its partner's media flows, in any generation. */
  hasSeenPartner: boolean;
  /** Whether this member has lost its socket in this room; it is held against it once (SPEC M11). */
  hasDropped: boolean;
}

/** How far a room has come. */
export type RoomPhase =
  /** Both sides have to say `ready` by the deadline. */
  | { readonly kind: "matched"; readonly deadline: Deadline<Due> }
  | { readonly kind: "in-call" }
  /** One side has shown its ticket; the other one has until the deadline. */
  | {
      readonly kind: "reviving";
      readonly deadline: Deadline<Due>;
      /** The names in the first ticket: its bearer's, and that of the member it waits for. */
      readonly names: { readonly me: string; readonly partner: string };
      /** The two have to negotiate anew once they are together. */
      readonly startOver: boolean;
    };

/** Two sessions put together; a reviving one has its first member only. */
export interface Room {
  readonly roomId: RoomId;
  readonly members: RoomMember[];
  generation: number;
  phase: RoomPhase;
  /** One of the two asked that neither sees the other's address (SPEC K5). */
  relayOnly: boolean;
  /** Whether a member has ever said that media flows, in any generation. */
  mediaFlowed: boolean;
  /** When the two were matched; undefined for a room from before a restart. */
  readonly matchedAt: number | undefined;
}

/** A new member, who knows the room's present generation. */
export function newMember(search: Search, role: Role, generation: number): RoomMember {
  return {
    session: search.session,
    search,
    role,
    ready: false,
    toldGeneration: generation,
    partnerMedia: "unknown",
    awayTold: false,
    awayNotice: undefined,
    hasSeenPartner: false,
    hasDropped: false,
  };
}

export function memberOf(room: Room, session: Session): RoomMember | undefined {
  return room.members.find((member) => member.session === session);
}

/** The other member; undefined while a reviving room has only one. */
export function partnerOf(room: Room, session: Session): RoomMember | undefined {
  return room.members.find((member) => member.session !== session);
}

const isSame = (a: string | undefined, b: string | undefined) => a !== undefined && a === b;

/**
 * Whether one person may have made both sides of a room of these two (SPEC H3). A device is what its page says, which anybody
 * can invent: it can show that two sides are one, and only their networks can show that they are not.
 */
export function originsOf(a: Session, b: Session): RoomOrigins {
  if (isSame(a.deviceGroup, b.deviceGroup) || isSame(a.networkKey, b.networkKey)) return "same";
  return a.networkKey === undefined || b.networkKey === undefined ? "unknown" : "apart";
}
