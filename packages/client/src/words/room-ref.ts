import type { Role } from "@serendip/protocol";

/** A negotiation of a room: what a peer connection and each signal belong to. */
export interface RoomRef {
  readonly roomId: string;
  readonly generation: number;
  readonly role: Role;
  /** This side uses relays only, because of either's wish (SPEC K5). */
  readonly relayOnly?: true;
}

/** Names a negotiation. */
export type NegotiationId = Pick<RoomRef, "roomId" | "generation">;

export function isSameNegotiation(one: NegotiationId | undefined, other: NegotiationId | undefined): boolean {
  return one?.roomId === other?.roomId && one?.generation === other?.generation;
}
