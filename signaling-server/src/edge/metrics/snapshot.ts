import type { CallAlert } from "../../domain/calls/alerts.ts";
import type { LobbyStats, StandingCounts } from "../../domain/lobby/command.ts";
import type { CallReports, CallTotals } from "../../service/call-reports.ts";
import type { LobbyCounts } from "../../service/counts/lobby-counts.ts";
import type { RelayCounts } from "../../service/counts/relay-counts.ts";
import type { TurnServerStatus } from "../../service/ice/turn-monitor.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { Membership } from "../../service/membership.ts";
import type { LogCounts } from "../log/open-log.ts";
import type { EdgeCounts } from "./edge-counts.ts";

/** Where the figures come from. Nothing is asked for between two scrapes. */
export interface MetricsSources {
  readonly lobby: Pick<Lobby, "stats" | "inspect">;
  readonly membership: Pick<Membership, "counts">;
  readonly calls: Pick<CallReports, "overview" | "totals">;
  readonly counts: { readonly lobby: LobbyCounts; readonly relay: RelayCounts };
  readonly edge: EdgeCounts;
  readonly sockets: () => number;
  /** Number of open TCP connections. */
  readonly connections: () => number;
  readonly turn: () => readonly TurnServerStatus[];
  /** Accounts at the TURN servers that were given to people. */
  readonly turnAccounts: () => number;
  /** Undefined where the log is not this server's own. */
  readonly logCounts: (() => LogCounts) | undefined;
  readonly draining: () => boolean;
  readonly isFull: () => boolean;
}

/** Everything that one scrape shows. */
export interface Snapshot {
  /** Undefined while the store cannot be asked. */
  readonly stats: LobbyStats | undefined;
  readonly standing: StandingCounts | undefined;
  /** Rooms and seats as the services around the store know them, read at the same moment as `stats`. */
  readonly known: { readonly rooms: number; readonly seats: number };
  readonly calls: CallTotals;
  readonly alerts: readonly CallAlert["code"][];
  readonly lobby: LobbyCounts;
  readonly relay: RelayCounts;
  readonly edge: EdgeCounts;
  readonly sockets: number;
  readonly connections: number;
  readonly turn: readonly TurnServerStatus[];
  readonly turnAccounts: number;
  readonly logLines: LogCounts | undefined;
  readonly draining: boolean;
  readonly full: boolean;
}

/** Reads all figures, as nearly at one moment as the store answers. Never rejects: a store that is away has none. */
export async function takeSnapshot(sources: MetricsSources): Promise<Snapshot> {
  const { lobby, membership, calls, counts, edge } = sources;
  const asked = Promise.all([lobby.stats(), lobby.inspect(0)]).catch(() => undefined);
  const { rooms, seats } = membership.counts();
  const [stats, view] = (await asked) ?? [];
  return {
    stats,
    standing: view?.standing,
    known: { rooms, seats },
    calls: calls.totals(),
    alerts: calls.overview().alerts.map(({ code }) => code),
    lobby: counts.lobby,
    relay: counts.relay,
    edge,
    sockets: sources.sockets(),
    connections: sources.connections(),
    turn: sources.turn(),
    turnAccounts: sources.turnAccounts(),
    logLines: sources.logCounts?.(),
    draining: sources.draining(),
    full: sources.isFull(),
  };
}
