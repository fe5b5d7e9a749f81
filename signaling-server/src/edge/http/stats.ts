import type { CallReports } from "../../service/call-reports.ts";
import type { IceGrants } from "../../service/ice/grants.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { LogCounts } from "../log/open-log.ts";

export interface StatsParts {
  readonly lobby: Pick<Lobby, "stats">;
  readonly calls: Pick<CallReports, "overview">;
  readonly ice: Pick<IceGrants, "count">;
  readonly sockets: () => number;
  /** Number of open TCP connections. */
  readonly connections: () => number;
  /** Undefined where the log is not this server's own. */
  readonly logCounts: (() => LogCounts) | undefined;
}

/** Counts for an operator. */
export interface ServerStats {
  readonly totalUsers: number;
  readonly totalRooms: number;
  readonly totalSockets: number;
  /** Open TCP connections, whatever protocol they speak. */
  readonly totalConnections: number;
  readonly online: number;
  readonly waiting: number;
  readonly graces: number;
  readonly memories: number;
  /** Devices and networks of whose conduct something is remembered. */
  readonly standings: number;
  /** Sessions of which is known whose they are, for their TURN accounts. */
  readonly iceSessions: number;
  /** Calls since the start, each counted once for each of its sides. */
  readonly calls: { readonly connected: number; readonly failed: number; readonly abandoned: number };
  readonly logLines?: LogCounts;
}

export async function getStats({
  lobby,
  calls,
  sockets,
  connections,
  logCounts,
  ice,
}: StatsParts): Promise<ServerStats> {
  const { sessions, rooms, online, waiting, graces, memories, standings } = await lobby.stats();
  const { connected, failed, abandoned } = calls.overview().totals;
  return {
    totalUsers: sessions,
    totalRooms: rooms,
    totalSockets: sockets(),
    totalConnections: connections(),
    online,
    waiting,
    graces,
    memories,
    standings,
    iceSessions: ice.count(),
    calls: { connected, failed, abandoned },
    ...(logCounts ? { logLines: logCounts() } : {}),
  };
}
