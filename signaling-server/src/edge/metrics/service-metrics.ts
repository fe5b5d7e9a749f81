import { getHeapStatistics } from "node:v8";
import { PROTOCOL_VERSION } from "@serendip/protocol";
import type { TurnServerStatus } from "../../service/ice/turn-monitor.ts";
import { counter, counterBy, gauge, gaugeBy, type Metric, seconds } from "./metric.ts";
import type { Snapshot } from "./snapshot.ts";

const clogged = ({ edge }: Snapshot) =>
  edge.offences.entries().find(([offence]) => offence === "clogged")?.[1] ?? 0;

const total = (entries: readonly (readonly [string, number])[]) =>
  entries.reduce((sum, [, count]) => sum + count, 0);

/** Undefined, and so no value, until a server was checked. */
const verdicts = (turn: readonly TurnServerStatus[]) =>
  turn.flatMap(({ url, verdict }) => (verdict ? [{ url, verdict }] : []));

/** Signals on their way from page to page. */
export const RELAY_METRICS: readonly Metric[] = [
  counterBy(["relay_messages_total", "Signals that were passed on, or kept for a partner who is away."], {
    label: "kind",
    of: ({ relay }) => relay.taken.entries(),
  }),
  counter(
    [
      "relay_bytes_total",
      "Characters (not bytes, whatever the name says) of the descriptions and candidates that were passed on.",
    ],
    ({ relay }) => relay.chars(),
  ),
  seconds(
    ["relay_latency_seconds", "The server's own part of a signal's way; one signal in 64 is timed."],
    ({ relay }) => relay.latencyMs.read(),
  ),
  counterBy(["relay_dropped_total", "Signals that were refused, by what their sender was told."], {
    label: "reason",
    of: ({ relay }) => relay.refused.entries(),
  }),
];

/** Connections, limits, TURN servers and the process. */
export const SERVICE_METRICS: readonly Metric[] = [
  gauge(["connections", "Pages that are connected."], ({ sockets }) => sockets),
  gauge(["tcp_connections", "Open TCP connections, whatever they speak."], ({ connections }) => connections),
  counter(["connections_total", "Connections whose hello was accepted."], ({ edge }) =>
    total(edge.connections.entries()),
  ),
  counterBy(["disconnects_total", "Connections that ended, by how."], {
    label: "reason",
    of: ({ edge }) => edge.ends.entries(),
  }),
  counterBy(["hellos_refused_total", "Hellos that were refused, by what the page was told."], {
    label: "code",
    of: ({ edge }) => edge.hellosRefused.entries(),
  }),
  counter(["origin_rejected_total", "Requests from pages whose origin is not allowed."], ({ edge }) =>
    total(edge.originsRefused.entries()),
  ),
  counter(["tokens_minted_total", "Tokens that were given: visits, and renewals."], ({ edge }) =>
    total(edge.tokensMinted.entries()),
  ),
  counterBy(["token_errors_total", "Tokens that were shown and not taken."], {
    label: "reason",
    of: ({ edge }) => edge.tokensRefused.entries(),
  }),
  counterBy(
    ["rate_limited_total", "Requests that a limit refused; the limits are those of docs/limits.md."],
    {
      label: "limiter",
      of: ({ edge }) => edge.limited.entries(),
    },
  ),
  counter(["slow_consumer_closed_total", "Connections that were closed because they do not read."], clogged),
  counterBy(["invalid_frames_total", "Connections that were closed for what no page does."], {
    label: "event",
    of: ({ edge }) => edge.offences.entries().filter(([offence]) => offence !== "clogged"),
  }),
  counter(
    ["turn_credentials_issued_total", "Accounts at the TURN servers that were given to people."],
    ({ turnAccounts }) => turnAccounts,
  ),
  gaugeBy(["turn_probe_success", "1 where the server's own check of a TURN server passed: it relays."], {
    label: "server",
    of: ({ turn }) => verdicts(turn).map(({ url, verdict }) => [url, Number(verdict.state === "up")]),
  }),
  gaugeBy(["turn_server_down", "1 where a TURN server does not work at all, and is given to nobody."], {
    label: "server",
    of: ({ turn }) => verdicts(turn).map(({ url, verdict }) => [url, Number(verdict.state === "down")]),
  }),
  gaugeBy(["turn_server_full", "1 where a TURN server has no room for another relay."], {
    label: "server",
    of: ({ turn }) => verdicts(turn).map(({ url, verdict }) => [url, Number(verdict.state === "full")]),
  }),
  counterBy(
    ["log_lines_total", "Lines of the log; dropped ones are lost, suppressed ones were counted instead."],
    {
      label: "result",
      of: ({ logLines }) => logLines && Object.entries(logLines),
    },
  ),
  gauge(["draining", "1 while the server stops."], ({ draining }) => Number(draining)),
  gauge(["full", "1 while no newcomer gets in (MAX_CONNECTIONS)."], ({ full }) => Number(full)),
  gauge(
    ["heap_limit_bytes", "JavaScript memory at which Node ends the process (--max-old-space-size)."],
    () => getHeapStatistics().heap_size_limit,
  ),
  gauge(["store_up", "1 while the store of sessions and rooms can be asked."], ({ stats }) =>
    Number(!!stats),
  ),
  {
    type: "gauge",
    name: "build_info",
    help: "Always 1; its labels say what runs.",
    labelNames: ["protocol", "node"],
    read: () => [[{ protocol: String(PROTOCOL_VERSION), node: process.version }, 1]],
  },
];
