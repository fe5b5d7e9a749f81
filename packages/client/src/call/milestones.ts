import type { Signal, Stretches } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Log } from "../words/log.ts";

/** What lies on the way to a partner's picture; the first four only on that of a Start. */
export type Milestone =
  | "start"
  | "token"
  | "hello"
  | "camera"
  | "find"
  | "match"
  | "offer"
  | "answer"
  | "ice"
  | "dtls"
  | "picture";

/** Each stretch with the milestones at its two ends. */
const STRETCHES: readonly (readonly [keyof Stretches, Milestone, Milestone])[] = [
  ["tokenMs", "start", "token"],
  ["helloMs", "token", "hello"],
  ["cameraMs", "start", "camera"],
  ["matchMs", "find", "match"],
  ["offerMs", "match", "offer"],
  ["answerMs", "offer", "answer"],
  ["iceMs", "answer", "ice"],
  ["dtlsMs", "ice", "dtls"],
  ["pictureMs", "dtls", "picture"],
];

const OF_START: readonly Milestone[] = ["token", "hello", "camera"];

/** The one place that knows when a chat passed what (SPEC H4). */
export interface Milestones {
  /** It is passed now. Only the first time counts, until the next Start, search or room. */
  pass(milestone: Exclude<Milestone, "match">): void;
  match(roomId: string): void;
  /** A signal goes out or has come in. */
  passSignal(signal: Signal): void;
  /** The stretches, in whole milliseconds, whose two ends were passed on the way to this room, the present one or the one before. */
  stretches(roomId: string): Stretches | undefined;
}

/** One way, to one room. */
interface Way {
  readonly roomId?: string;
  readonly told?: boolean;
  readonly passed: Readonly<Partial<Record<Milestone, number>>>;
}

export function createMilestones({
  clock,
  log,
}: {
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
}): Milestones {
  let way: Way = { passed: {} };
  let before: Way = way;

  const begin = (): void => {
    before = way;
    way = { passed: {} };
  };

  const note = (milestone: Milestone): void => {
    if (way.passed[milestone] !== undefined) return;
    way = { ...way, passed: { ...way.passed, [milestone]: clock.now() } };
  };

  const pass: Milestones["pass"] = (milestone) => {
    // A connection that is made again in a call was no part of its beginning.
    if (OF_START.includes(milestone) && way.passed.start === undefined) return;
    if (milestone === "start" || (milestone === "find" && way.roomId !== undefined)) begin();
    note(milestone);
    // The browser tells of the handshake and of the first packet in either order.
    const { dtls, picture } = way.passed;
    if (way.told || dtls === undefined || picture === undefined) return;
    way = { ...way, told: true };
    log.info("first picture", { ...stretchesOf(way) });
  };

  return {
    pass,
    match(roomId) {
      if (way.roomId !== undefined && way.roomId !== roomId) begin();
      way = { ...way, roomId };
      note("match");
    },
    passSignal({ kind }) {
      if (kind === "offer" || kind === "answer") pass(kind);
    },
    stretches(roomId) {
      const found = [way, before].find((one) => one.roomId === roomId);
      return found && stretchesOf(found);
    },
  };
}

function stretchesOf({ passed }: Way): Stretches | undefined {
  const known = STRETCHES.flatMap(([name, from, to]) => {
    const [begun, ended] = [passed[from], passed[to]];
    return begun === undefined || ended === undefined
      ? []
      : [[name, Math.max(0, Math.round(ended - begun))] as const];
  });
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
