import { otherWay, type Way } from "./ways.machine.ts";

/**
 * The lines of one attempt (after RFC 8305, "Happy Eyeballs"): the one in front is opened first, and says hello as soon as it is
 * open; the other one is opened beside it once it is silent, and takes its place when it is open while the front is still silent.
 * So there is one hello at a time, and none that takes over from another that is on its way to an answer.
 */
export interface Lines {
  readonly front: Way;
  readonly isOpen: boolean;
  /** There is a token to say hello with; before, a line may be as silent as it likes. */
  readonly greets: boolean;
  /** Before that: the line in front was refused. */
  readonly isRefused?: true;
  /** When its opening began. */
  readonly dialledAt: number;
  /** Its last sign of life: its opening began, or it was open. */
  readonly heardAt: number;
  readonly silentMs: number;
  readonly back: {
    readonly name: "unopened" | "opening" | "open" | "gone";
    /** When its opening began; 0 before. */
    readonly dialledAt: number;
  };
}

/** `greet`: say hello over the line that is open. */
export interface LineEffect {
  readonly type: "dial" | "greet" | "drop";
  readonly way: Way;
}

export interface LinesStep {
  readonly lines: Lines;
  readonly effects: readonly LineEffect[];
}

const UNOPENED: Lines["back"] = { name: "unopened", dialledAt: 0 };

/** A line is opened while the token is on its way, which saves the time that the shorter of the two takes. */
export function dialFirst(front: Way, now: number): LinesStep {
  return {
    lines: {
      front,
      isOpen: false,
      greets: false,
      dialledAt: now,
      heardAt: now,
      silentMs: 0,
      back: UNOPENED,
    },
    effects: [{ type: "dial", way: front }],
  };
}

/** The token is here. */
export function mayGreet(lines: Lines, { now, silentMs }: { now: number; silentMs: number }): LinesStep {
  const { isRefused, ...rest } = lines;
  const next: Lines = { ...rest, greets: true, heardAt: now, silentMs };
  if (isRefused) return turnTo(next, now);
  return { lines: next, effects: next.isOpen ? [{ type: "greet", way: next.front }] : [] };
}

/** One line that is open already, and is to say hello. */
export function greetOver(front: Way, { now, silentMs }: { now: number; silentMs: number }): LinesStep {
  return {
    lines: { front, isOpen: true, greets: true, dialledAt: now, heardAt: now, silentMs, back: UNOPENED },
    effects: [{ type: "greet", way: front }],
  };
}

export function lineOpen(lines: Lines, way: Way, now: number): LinesStep {
  if (way === lines.front)
    return {
      lines: { ...lines, isOpen: true, heardAt: now },
      effects: lines.greets ? [{ type: "greet", way }] : [],
    };
  const next: Lines = { ...lines, back: { ...lines.back, name: "open" } };
  return isSilent(next, now) ? turnRound(next, now) : { lines: next, effects: [] };
}

/** Undefined: no way is left. One that was closed after its hello is the service's or the next attempt's affair. */
export function lineClosed(lines: Lines, way: Way, now: number): LinesStep | undefined {
  const { front, back } = lines;
  if (way !== front) return { lines: { ...lines, back: { ...back, name: "gone" } }, effects: [] };
  if (back.name === "gone" || (back.name === "unopened" && lines.isOpen)) return undefined;
  return back.name === "unopened" ? turnTo(lines, now) : turnRound(lines, now);
}

/** When the front counts as silent, where that changes anything. */
export function silentAt({ greets, back, heardAt, silentMs }: Lines): number | undefined {
  if (!greets) return undefined;
  return back.name === "unopened" || back.name === "open" ? heardAt + silentMs : undefined;
}

export function lookAtLines(lines: Lines, now: number): LinesStep {
  if (!isSilent(lines, now)) return { lines, effects: [] };
  if (lines.back.name === "open") return turnRound(lines, now);
  if (lines.back.name !== "unopened") return { lines, effects: [] };
  return {
    lines: { ...lines, back: { name: "opening", dialledAt: now } },
    effects: [{ type: "dial", way: otherWay(lines.front) }],
  };
}

/** Whether both ways were tried. */
export const triedBoth = ({ back }: Lines): boolean => back.name !== "unopened";

/** All that are not gone. */
export const linesOf = (lines: Lines): readonly Way[] => [lines.front, ...backOf(lines)];

/** The line beside the front, to be let go of. */
export function backOf({ front, back }: Lines): readonly Way[] {
  return back.name === "opening" || back.name === "open" ? [otherWay(front)] : [];
}

const isSilent = ({ greets, heardAt, silentMs }: Lines, now: number): boolean =>
  greets && now >= heardAt + silentMs;

/** The other line is opened and takes the place of the one in front, which was closed. */
function turnTo(lines: Lines, now: number): LinesStep {
  const next = turnRound(lines, now);
  return { ...next, effects: [{ type: "dial", way: next.lines.front }] };
}

/** The other line takes the front's place, for good. */
function turnRound(lines: Lines, now: number): LinesStep {
  const way = otherWay(lines.front);
  const isOpen = lines.back.name === "open";
  const dialledAt = lines.back.name === "unopened" ? now : lines.back.dialledAt;
  return {
    lines: { ...lines, front: way, isOpen, dialledAt, heardAt: now, back: { name: "gone", dialledAt: 0 } },
    effects: [{ type: "drop", way: lines.front }, ...(isOpen ? [{ type: "greet", way } as const] : [])],
  };
}
