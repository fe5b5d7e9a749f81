/** How the demerits of one kind of owner add up and fade. */
export interface DemeritRules {
  /** With this many demerits the owner's standing falls. */
  readonly limit: number;
  /** More than these are not kept, so that everybody is back after a known time. */
  readonly most: number;
  /** Time in which one demerit fades. */
  readonly fadeMs: number;
}

/** What one piece of conduct costs a device and, while the device is unproven, its network. */
export interface Charge {
  readonly device: number;
  readonly network: number;
}

/** What can be said against a side of a room (SPEC M11). */
export type Conduct = "silent" | "skips" | "skipped" | "fails" | "drops" | "floods";

/** The figures of standing (SPEC M10–M15). Durations are in milliseconds. */
export interface StandingRules {
  /**
   * How long, in one stay in the queue, a person of neutral standing is kept from one of low standing. One step of standing
   * keeps two apart for half of it. 0: standing keeps nobody apart.
   */
  readonly keepMs: number;
  /** A partner who leaves within this time has skipped the other one. */
  readonly shortCallMs: number;
  /** A call that lasted this long, and in which each saw the other, is a good one. */
  readonly goodCallMs: number;
  /** A good call is remembered for this long: until then the standing of the network does not count. */
  readonly provenMs: number;
  /** Losing the socket counts within this time of the match; later it says nothing of a person. */
  readonly earlyDropMs: number;
  /** A connection that fails counts from this many different partners in a row on. */
  readonly failuresInRow: number;
  readonly device: DemeritRules;
  readonly network: DemeritRules;
  readonly charges: Readonly<Record<Conduct, Charge>>;
  /** Demerits that a good call takes away. */
  readonly goodCall: Charge;
  /** Devices, and networks, of which a record is kept; beyond, the record that changed longest ago is dropped. */
  readonly devicesKept: number;
  readonly networksKept: number;
}

/**
 * The defaults. Three silent matches in a row are low standing, though each takes 10 s, and one or two are nothing; a person skips
 * seven partners in a row before it tells, and is skipped by ten well-known ones. After the last demerit a device is back within
 * 3 min, a network within 2. A network needs more demerits, and loses them sooner: many people may stand behind it.
 */
export const DEFAULT_STANDING_RULES: StandingRules = {
  keepMs: 8_000,
  shortCallMs: 3_000,
  goodCallMs: 30_000,
  provenMs: 1_800_000,
  earlyDropMs: 30_000,
  failuresInRow: 3,
  device: { limit: 2.5, most: 5.5, fadeMs: 45_000 },
  network: { limit: 6, most: 12, fadeMs: 15_000 },
  charges: {
    silent: { device: 1, network: 1 },
    skips: { device: 0.4, network: 0.25 },
    // Whom others skip says little of a network.
    skipped: { device: 0.25, network: 0 },
    // In a network where calls come about no row gets so long; a crowd that connects nobody keeps people the longest of all.
    fails: { device: 1, network: 4 },
    drops: { device: 0.5, network: 0.75 },
    floods: { device: 2, network: 2 },
  },
  goodCall: { device: 2, network: 2 },
  devicesKept: 50_000,
  networksKept: 20_000,
};
