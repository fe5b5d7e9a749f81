import type { Role, RoomId } from "@serendip/protocol";
import type { Deadline } from "../collections/deadlines.ts";
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
  /** What this member said last, in the present generation, of its partner's media (SPEC G6). */
  partnerMedia: "unknown" | "flowing" | "stopped";
  /** Whether the partner has been told that this member is away. */
  awayTold: boolean;
  /** When the partner will be told that this member is away. */
  awayNotice: Deadline<Due> | undefined;
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
      /** What the first ticket calls its bearer and the one it waits for. */
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
  /** Whether anybody here ever said that media flows, in whatever generation. */
  mediaFlowed: boolean;
}

/** A member who was told everything about the room in its present state. */
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
  };
}

export function memberOf(room: Room, session: Session): RoomMember | undefined {
  return room.members.find((member) => member.session === session);
}

/** The other one; undefined while a reviving room has only one. */
export function partnerOf(room: Room, session: Session): RoomMember | undefined {
  return room.members.find((member) => member.session !== session);
}
