import type { Unit } from "./figures.ts";
import type { Spread } from "./stats.ts";
import type { Summary } from "./summary.ts";

/** A number with about three digits that count. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en");
  return value.toFixed(size >= 10 ? 1 : 2);
}

const scaled = (value: number, unit: Unit): number => (unit === "%" ? 100 * value : value);

/** The median with its unit, and the least and the most of the repetitions. */
export function withSpread({ values, median, least, most }: Spread, unit?: Unit): string {
  if (values.length === 0) return "–";
  const shown = (value: number) => digits(unit ? scaled(value, unit) : value);
  const range = values.length > 1 && least !== most ? ` (${shown(least)}–${shown(most)})` : "";
  return `${shown(median)}${range}`;
}

export const ratioOf = ({ values, median }: Spread): string =>
  values.length === 0 ? "–" : `${digits(median)}×`;

/** Circumstances of a run, a sentence each. */
export function circumstancesOf({ begun, surroundings }: Summary): readonly string[] {
  const { identity, machine, at } = begun;
  const { pinning } = machine;
  return [
    `Measured on ${at.slice(0, 10)}: commit ${identity.commit}${identity.against ? `, beside ${identity.against}` : ""}; ${identity.scope} run, repetitions side by side: ${identity.repetitions}.`,
    `${machine.cpuCount} × ${machine.cpu}, ${machine.system}, Node ${machine.node}.`,
    pinning
      ? `The server has CPU ${pinning.server}, the load CPU ${pinning.load}.`
      : "Server and load have no CPUs of their own: the ratios are rough.",
    `Load average before a cell ${withSpread(surroundings.loadAverage)}; time that the host took away ${withSpread(surroundings.stolen, "%")} %; ${Math.round(surroundings.seconds / 60)} minutes in all.`,
    "Serendip runs as shipped in production: the start script of its package, all checks, sessions, tickets and limits on, a log line for each change. Everybody comes from an address of their own, as behind a proxy (TRUST_PROXY=1), so no limit is raised; only MAX_CONNECTIONS is (20,000).",
    "The bare Socket.IO relay and the raw ws relay check and promise nothing: WebSocket only, no compression, the libraries' own settings otherwise, a backlog of 4,096.",
    "Medians, with the least and the most of the repetitions; each ratio is formed inside a repetition. Compare figures of one run only, and across days ratios and counts alone.",
  ];
}
