import type { Meeting } from "./meeting.ts";
import { NAT_TYPES, type NatType } from "./nat-types.ts";

export type Mode = "stun" | "turn";

export interface Cell extends Meeting {
  readonly mode: Mode;
  readonly pair: readonly [NatType, NatType];
}

/** Every pair of routers, each once. */
export const ALL_PAIRS: readonly (readonly [NatType, NatType])[] = NAT_TYPES.flatMap((one, index) =>
  NAT_TYPES.slice(index).map((other) => [one, other] as const),
);

/**
 * Whether two routers can be crossed by STUN alone: UDP has to pass, and where one is symmetric the other one has to take
 * packets from a port that it has not sent to.
 */
export function isPossibleDirectly([one, other]: readonly [NatType, NatType]): boolean {
  const pair = [one, other];
  if (pair.includes("udpblock") || pair.includes("web")) return false;
  if (!pair.includes("sym")) return true;
  return pair.some((type) => type === "open" || type === "full" || type === "addr");
}

export interface Figures {
  readonly pairs: number;
  readonly connected: number;
  readonly successPercent: number;
  readonly medianFirstFrameMs: number | undefined;
  readonly worstFirstFrameMs: number | undefined;
}

export function figuresOf(cells: readonly Cell[]): Figures {
  const times = cells.flatMap(({ firstFrameMs }) => firstFrameMs ?? []).sort((a, b) => a - b);
  const connected = cells.filter((cell) => cell.connected).length;
  return {
    pairs: cells.length,
    connected,
    successPercent: Math.round((1_000 * connected) / cells.length) / 10,
    medianFirstFrameMs: times[Math.floor(times.length / 2)],
    worstFirstFrameMs: times.at(-1),
  };
}

const WIDTH = 10;
const row = (cells: readonly string[]) =>
  cells
    .map((cell) => cell.padEnd(WIDTH))
    .join("")
    .trimEnd();

/** The matrix as a table to read: milliseconds to the first frame, or a dash. */
export function tableOf(cells: readonly Cell[]): string {
  const head = row(["", ...NAT_TYPES]);
  const rows = NAT_TYPES.map((one) =>
    row([
      one,
      ...NAT_TYPES.map((other) => {
        const cell = cells.find(({ pair }) => pair[0] === one && pair[1] === other);
        return cell === undefined ? "" : `${cell.firstFrameMs ?? "-"}`;
      }),
    ]),
  );
  const { connected, pairs, successPercent, medianFirstFrameMs, worstFirstFrameMs } = figuresOf(cells);
  return [
    head,
    ...rows,
    `${connected} of ${pairs} (${successPercent} %), first frame median ${medianFirstFrameMs} ms, worst ${worstFirstFrameMs} ms`,
  ].join("\n");
}
