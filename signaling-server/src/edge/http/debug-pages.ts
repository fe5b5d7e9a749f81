import type { Clock } from "@serendip/time";
import type { FastifyInstance } from "fastify";
import type { CallReports } from "../../service/call-reports.ts";
import type { TurnServerStatus } from "../../service/ice/turn-monitor.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { SocketSummary } from "../socket/live-people.ts";
import { getStats, type StatsParts } from "./stats.ts";

/** Most sessions, rooms and sockets that a debug page shows. */
const INSPECT_LIMIT = 1_000;

export interface DebugParts extends Omit<StatsParts, "lobby" | "calls"> {
  readonly lobby: Pick<Lobby, "stats" | "inspect">;
  readonly calls: Pick<CallReports, "overview">;
  readonly clock: Pick<Clock, "now">;
  /** The sockets that are open, the given number at most. */
  readonly socketList: (limit: number) => readonly SocketSummary[];
  /** The state of each TURN server. */
  readonly turn: () => readonly TurnServerStatus[];
}

/** Adds the pages that show what the server holds; each with the time at which it was so. */
export function addDebugPages(scope: FastifyInstance, parts: DebugParts): void {
  const { lobby, calls, clock, turn, socketList } = parts;
  const debugPage = (path: string, content: () => object | Promise<object>): void => {
    scope.get(path, async () => ({ at: new Date(clock.now()).toISOString(), ...(await content()) }));
  };

  debugPage("/debug/sessions", async () => {
    const [stats, held] = await Promise.all([getStats(parts), lobby.inspect(INSPECT_LIMIT)]);
    const servers = turn().map(({ checkedAt, ...server }) => ({
      ...server,
      ...(checkedAt === undefined ? {} : { checkedAgoMs: clock.now() - checkedAt }),
    }));
    return { stats, turn: servers, ...held };
  });
  debugPage("/debug/sockets", async () => {
    const { totalUsers, totalRooms, totalSockets, online, waiting } = await getStats(parts);
    return { totalUsers, totalRooms, totalSockets, online, waiting, sockets: socketList(INSPECT_LIMIT) };
  });
  debugPage("/debug/calls", () => calls.overview());
}
