/** How large each metric is, by its name. */
export interface Sizes {
  /** Couples who talk, at each of the rates in turn. */
  readonly relay: {
    readonly rooms: number;
    readonly rates: readonly number[];
    readonly warmUpMs: number;
    readonly measureMs: number;
  };
  /** People who all search at once, several times, and then others who search one after the other. */
  readonly burst: {
    readonly people: number;
    readonly warmUps: number;
    readonly rounds: number;
    readonly arrivals: number;
    readonly arrivalsPerSecond: number;
  };
  readonly connects: { readonly people: number; readonly warmUp: number };
  /** People who do nothing. */
  readonly idle: {
    readonly levels: readonly number[];
    readonly warmUp: number;
    readonly settleMs: number;
    /** Two of the bare relay's ping intervals. */
    readonly watchMs: number;
  };
  /** The server is killed under people of whom some are in rooms. */
  readonly comeback: {
    readonly people: number;
    readonly rooms: number;
    /** Connections are a while old by then, as in life; a page takes younger ones for bad ones. */
    readonly settleMs: number;
    readonly downMs: number;
    readonly patienceMs: number;
  };
  /** The same work beside more and more people, and at last with all of them in rooms. */
  readonly growth: {
    readonly levels: readonly number[];
    readonly rooms: number;
    readonly perSecond: number;
    readonly measureMs: number;
    readonly finds: number;
    readonly findsPerSecond: number;
    /** Longer than the time in which each ticket is renewed once. */
    readonly talkMs: number;
  };
  readonly boot: { readonly starts: number };
}

export type MetricName = keyof Sizes;
export type AnySize = {
  [Name in MetricName]: { readonly metric: Name; readonly size: Sizes[Name] };
}[MetricName];

export type Scope = "smoke" | "short" | "full";

const relay = { rooms: 250, warmUpMs: 1_500, measureMs: 5_000 };
const burst = { people: 500, warmUps: 2, rounds: 5, arrivals: 400, arrivalsPerSecond: 100 };
const connects = { people: 3_000, warmUp: 500 };
const comeback = { people: 2_000, rooms: 950, settleMs: 6_000, downMs: 1_000, patienceMs: 45_000 };

/** What is measured, and how much of it; what is missing is not measured. */
export const SIZES: Readonly<Record<Scope, Partial<Sizes>>> = {
  smoke: {
    relay: { rooms: 5, rates: [200], warmUpMs: 200, measureMs: 500 },
    burst: { people: 20, warmUps: 1, rounds: 1, arrivals: 20, arrivalsPerSecond: 100 },
    connects: { people: 40, warmUp: 10 },
    idle: { levels: [20, 40], warmUp: 10, settleMs: 100, watchMs: 300 },
    comeback: { people: 24, rooms: 10, settleMs: 100, downMs: 200, patienceMs: 15_000 },
    growth: {
      levels: [20, 40],
      rooms: 5,
      perSecond: 200,
      measureMs: 300,
      finds: 10,
      findsPerSecond: 100,
      talkMs: 500,
    },
    boot: { starts: 1 },
  },
  short: { relay: { ...relay, rates: [5_000] }, burst, connects, comeback, boot: { starts: 3 } },
  full: {
    relay: { ...relay, rates: [2_000, 5_000, 10_000] },
    burst,
    connects,
    idle: { levels: [5_000, 10_000], warmUp: 200, settleMs: 3_000, watchMs: 50_000 },
    comeback,
    growth: {
      levels: [1_000, 5_000, 10_000],
      rooms: 250,
      perSecond: 2_000,
      measureMs: 5_000,
      finds: 300,
      findsPerSecond: 100,
      talkMs: 33_000,
    },
    boot: { starts: 5 },
  },
};
