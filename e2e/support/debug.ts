import type { Signaling } from "./signaling.ts";

/** The part of `GET /debug/sessions` that tests look at. */
export interface DebugSessions {
  readonly stats: {
    readonly totalUsers: number;
    readonly totalRooms: number;
    readonly totalSockets: number;
    readonly waiting: number;
    readonly graces: number;
  };
  readonly rooms: readonly { readonly roomId: string; readonly generation: number; readonly phase: string }[];
}

export const debugSessions = (signaling: Signaling) => signaling.ask<DebugSessions>("/debug/sessions");

/** The one room there is. */
export async function onlyRoom(signaling: Signaling): Promise<DebugSessions["rooms"][number]> {
  const { rooms } = await debugSessions(signaling);
  const [room] = rooms;
  if (rooms.length !== 1 || room === undefined)
    throw new Error(`one room was expected, there are ${rooms.length}`);
  return room;
}
