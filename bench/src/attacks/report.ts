import { table } from "../figures.ts";
import type { AttackFigures } from "./verdict.ts";

const HEAD = [
  "attack",
  "relay p50",
  "p99",
  "max ms",
  "lost",
  "pair",
  "newcomers",
  "p95 ms",
  "p99 ms",
  "RSS MB",
  "CPU %",
  "alive",
  "connections",
  "sent",
  "own lag ms",
  "waited %",
] as const;

const ms = (value: number) => value.toFixed(1);
const percent = (share: number) => (100 * share).toFixed(0);
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

const row = (name: string, one: AttackFigures): readonly string[] => [
  name,
  ms(one.p50Ms),
  ms(one.p99Ms),
  ms(one.maxMs),
  String(one.lost),
  one.disconnected === 0 ? "whole" : `cut in ${one.disconnected}`,
  `${one.newcomersOk} ok, ${one.newcomersFailed} failed`,
  ms(one.newcomerP95Ms),
  ms(one.newcomerP99Ms),
  `${megabytes(one.rssBeforeBytes)} → ${megabytes(one.rssMaxBytes)}`,
  percent(one.cpuShare),
  one.alive ? "yes" : "NO",
  String(one.connections),
  String(one.sent),
  ms(one.ownLagP99Ms),
  percent(one.waitedShare),
];

const LEGEND = `Medians of the runs; lost and newcomers are sums. "connections" and "sent" are the attacker's own count of what it did.
"own lag" (99 of 100) and "waited" say how much this machine was in the way: how late the healthy pair itself was with its
signals, and how long the server was ready to run without getting a core.`;

export const report = (all: ReadonlyMap<string, AttackFigures>): string =>
  `${table([HEAD, ...[...all].map(([name, figures]) => row(name, figures))])}\n\n${LEGEND}`;
