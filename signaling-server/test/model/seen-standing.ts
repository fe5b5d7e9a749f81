import type { RoomEndReason, SessionId } from "@serendip/protocol";
import type { DemeritRules, StandingRules } from "../../src/domain/lobby/standing/rules.ts";
import type { SeenRoom, SeenSession } from "./witness.ts";

/** What is known of a device or a network. */
interface Seen {
  demerits: number;
  at: number;
  fallenUntil: number;
  provenUntil: number;
  row: number;
  latest: readonly string[];
}

/** How a room ended, as the facts tell it. */
export interface SeenEnd {
  readonly room: SeenRoom;
  readonly reason: RoomEndReason;
  readonly by: SessionId | undefined;
  readonly sessions: readonly [SeenSession, SeenSession];
  readonly at: number;
}

type Person = Pick<SeenSession, "deviceKey" | "networkKey">;

/** Standing by SPEC M10–M15, in words of its own: the kernel is judged by it. */
export class SeenStanding {
  readonly #rules: StandingRules;
  readonly #devices = new Map<string, Seen>();
  readonly #networks = new Map<string, Seen>();

  constructor(rules: StandingRules) {
    this.#rules = rules;
  }

  /** Records that there may be at most by now. */
  get size(): number {
    return this.#devices.size + this.#networks.size;
  }

  forget(): void {
    this.#devices.clear();
    this.#networks.clear();
  }

  /** 0: neutral, 1: doubtful, 2: low. */
  rank({ deviceKey, networkKey = "" }: Person, at: number): number {
    const device = this.#devices.get(deviceKey);
    if (device && at < device.fallenUntil) return 2;
    const isDoubtful = at < (this.#networks.get(networkKey)?.fallenUntil ?? 0);
    return isDoubtful && at >= (device?.provenUntil ?? 0) ? 1 : 0;
  }

  drop(person: Person, room: SeenRoom, at: number): void {
    if (room.matchedAt !== undefined && at - room.matchedAt < this.#rules.earlyDropMs)
      this.#charge(person, "drops", 1, at);
  }

  end({ room, reason, by, sessions, at }: SeenEnd): void {
    const { matchedAt } = room;
    if (matchedAt === undefined) return;
    const lasted = at - matchedAt;
    const sides = sessions.map((session) => ({
      session,
      rank: this.rank(session, at),
      proven: this.#isProven(session, at),
      row: this.#row(session, at),
      ready: room.ready.has(session.sessionId),
      sees: room.seeing.has(session.sessionId),
    }));
    const [first, second] = sides;
    if (!first || !second) return;
    for (const [own, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const mine = own.session;
      const weight = other.rank > own.rank ? 0 : other.proven ? 1 : 0.5;
      if (reason === "flood" && by === mine.sessionId) this.#charge(mine, "floods", 1, at);
      if (reason === "timeout" && !own.ready) this.#charge(mine, "silent", 1, at);
      if (reason !== "next" && reason !== "left" && reason !== "media-failed") continue;
      if (other.sees && other.rank <= own.rank && own.row > 0)
        for (const seen of this.#both(mine, at)) Object.assign(seen, { row: 0, latest: [] });
      const isApart =
        mine.deviceKey !== other.session.deviceKey &&
        mine.networkKey !== undefined &&
        other.session.networkKey !== undefined &&
        mine.networkKey !== other.session.networkKey;
      if (own.sees && other.sees && other.rank === 0 && isApart && lasted >= this.#rules.goodCallMs)
        this.#praise(mine, at);
      if (lasted < this.#rules.shortCallMs && reason !== "media-failed") {
        if (by !== mine.sessionId) this.#charge(mine, "skipped", weight, at);
        else this.#charge(mine, "skips", weight > 0 ? 1 : 0, at);
      } else if (!own.ready || (other.ready && !other.sees)) {
        for (const seen of this.#both(mine, at)) {
          if (seen.latest.includes(other.session.deviceKey)) continue;
          seen.row += 1;
          seen.latest = [...seen.latest, other.session.deviceKey].slice(-4);
        }
        const row = this.#row(mine, at);
        if (row >= this.#rules.failuresInRow && row > own.row && own.row >= other.row)
          this.#charge(mine, "fails", weight, at);
      }
    }
  }

  #known(of: Map<string, Seen>, key: string, at: number): Seen | undefined {
    const { most, fadeMs } = of === this.#devices ? this.#rules.device : this.#rules.network;
    const seen = of.get(key);
    return seen && at - seen.at < Math.max(this.#rules.provenMs, most * fadeMs) ? seen : undefined;
  }

  #isProven({ deviceKey }: Person, at: number): boolean {
    return at < (this.#devices.get(deviceKey)?.provenUntil ?? 0);
  }

  #row(person: Person, at: number): number {
    const device = this.#known(this.#devices, person.deviceKey, at)?.row ?? 0;
    if (person.networkKey === undefined || this.#isProven(person, at)) return device;
    return Math.max(device, this.#known(this.#networks, person.networkKey, at)?.row ?? 0);
  }

  /** A record as it is now, about to be changed: it becomes the newest, and the oldest one goes when there are too many. */
  #touch(of: Map<string, Seen>, key: string, at: number): Seen {
    const isDevice = of === this.#devices;
    const { fadeMs } = isDevice ? this.#rules.device : this.#rules.network;
    const seen = this.#known(of, key, at) ?? {
      demerits: 0,
      at,
      fallenUntil: 0,
      provenUntil: 0,
      row: 0,
      latest: [],
    };
    seen.demerits = Math.max(0, seen.demerits - (at - seen.at) / fadeMs);
    seen.at = at;
    of.delete(key);
    of.set(key, seen);
    const most = isDevice ? this.#rules.devicesKept : this.#rules.networksKept;
    for (const oldest of [...of.keys()].slice(0, Math.max(0, of.size - most))) of.delete(oldest);
    return seen;
  }

  *#both(person: Person, at: number): Generator<Seen> {
    const withNetwork = person.networkKey !== undefined && !this.#isProven(person, at);
    yield this.#touch(this.#devices, person.deviceKey, at);
    if (withNetwork) yield this.#touch(this.#networks, person.networkKey ?? "", at);
  }

  #charge(person: Person, conduct: keyof StandingRules["charges"], weight: number, at: number): void {
    const { charges, device, network } = this.#rules;
    const byWord = conduct === "skipped" || conduct === "fails";
    const proven = this.#isProven(person, at);
    const add = (of: Map<string, Seen>, key: string, amount: number, rules: DemeritRules) => {
      if (amount <= 0) return;
      const seen = this.#touch(of, key, at);
      const most = byWord ? rules.limit : rules.most;
      if (seen.demerits < most) seen.demerits = Math.min(most, seen.demerits + amount);
      this.#judge(seen, rules);
    };
    add(this.#devices, person.deviceKey, charges[conduct].device * weight, device);
    if (person.networkKey !== undefined && !proven)
      add(this.#networks, person.networkKey, charges[conduct].network * weight, network);
  }

  #praise(person: Person, at: number): void {
    const { goodCall, device, network, provenMs } = this.#rules;
    const own = this.#touch(this.#devices, person.deviceKey, at);
    own.demerits = Math.max(0, own.demerits - goodCall.device);
    own.provenUntil = at + provenMs;
    this.#judge(own, device);
    if (person.networkKey === undefined || !this.#networks.has(person.networkKey)) return;
    const shared = this.#touch(this.#networks, person.networkKey, at);
    shared.demerits = Math.max(0, shared.demerits - goodCall.network);
    this.#judge(shared, network);
  }

  #judge(seen: Seen, { limit, fadeMs }: DemeritRules): void {
    const isFallen = seen.demerits >= limit || seen.at < seen.fallenUntil;
    const leftMs = Math.ceil((seen.demerits - (limit - 1)) * fadeMs);
    seen.fallenUntil = isFallen && leftMs > 0 ? seen.at + leftMs : 0;
  }
}
