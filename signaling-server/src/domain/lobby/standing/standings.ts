import type { Session } from "../session.ts";
import type { StandingRecord } from "./record.ts";
import type { DemeritRules, StandingRules } from "./rules.ts";

/** Records by key, of which the one that changed longest ago comes first. Plain data. */
export type Records = Map<string, StandingRecord>;

/** All that is known of the conduct of devices and networks (SPEC M10). Who has no record is neutral. */
export interface Standings {
  readonly devices: Records;
  readonly networks: Records;
}

export const createStandings = (): Standings => ({ devices: new Map(), networks: new Map() });

/** What belongs to a person: the device's record, and the network's where the network is known. */
export type Owner = Pick<Session, "deviceKey" | "networkKey">;

/**
 * `low`: by the own doing. `doubtful`: nothing is known of the device, and too much of its network. Everybody else is
 * `neutral` (SPEC M10).
 */
export type Band = "neutral" | "doubtful" | "low";

/** Lower is better. */
export const RANK: Readonly<Record<Band, number>> = { neutral: 0, doubtful: 1, low: 2 };

const networkOf = ({ networks }: Standings, { networkKey }: Owner) =>
  networkKey === undefined ? undefined : networks.get(networkKey);

const isBefore = (now: number, until: number | undefined) => until !== undefined && now < until;

export const isProven = ({ devices }: Standings, { deviceKey }: Owner, now: number): boolean =>
  isBefore(now, devices.get(deviceKey)?.provenUntil);

export function bandOf(standings: Standings, owner: Owner, now: number): Band {
  if (isBefore(now, standings.devices.get(owner.deviceKey)?.fallenUntil)) return "low";
  if (!isBefore(now, networkOf(standings, owner)?.fallenUntil)) return "neutral";
  return isProven(standings, owner, now) ? "neutral" : "doubtful";
}

/** The next instant at which a person's band may change by time alone; undefined when it does not. */
export function nextChangeOf(standings: Standings, owner: Owner, now: number): number | undefined {
  const device = standings.devices.get(owner.deviceKey);
  const networkUntil = networkOf(standings, owner)?.fallenUntil;
  const ends = [device?.fallenUntil, networkUntil];
  // A good call that is forgotten changes something only where the network's standing would count then.
  if (isBefore(now, networkUntil)) ends.push(device?.provenUntil);
  let next: number | undefined;
  for (const end of ends)
    if (end !== undefined && end > now && (next === undefined || end < next)) next = end;
  return next;
}

/** Stores a changed record as the newest one. Beyond `most` of them the oldest is dropped; its key is returned. */
export function keepRecord(
  records: Records,
  { key, record, most }: { readonly key: string; readonly record: StandingRecord; readonly most: number },
): string | undefined {
  records.delete(key);
  records.set(key, record);
  const [oldest] = records.keys();
  if (records.size <= most || oldest === undefined) return undefined;
  records.delete(oldest);
  return oldest;
}

/** After this time without a change a record tells nothing any more (SPEC M15). */
const fadedMs = ({ provenMs }: StandingRules, { most, fadeMs }: DemeritRules) =>
  Math.max(provenMs, most * fadeMs);

export type Owned = "device" | "network";

/** A record that still tells something. Where the network is not known it has none (SPEC M10). */
export function recordOf(
  { standings, settings, now }: { standings: Standings; settings: StandingRules; now: number },
  { deviceKey, networkKey }: Owner,
  owned: Owned,
): StandingRecord | undefined {
  const record =
    owned === "device" ? standings.devices.get(deviceKey) : networkOf(standings, { deviceKey, networkKey });
  return record && now - record.at < fadedMs(settings, settings[owned]) ? record : undefined;
}

/** Drops the records that tell nothing any more. */
export function dropFaded({ devices, networks }: Standings, now: number, rules: StandingRules): void {
  dropUntil(devices, now - fadedMs(rules, rules.device));
  dropUntil(networks, now - fadedMs(rules, rules.network));
}

function dropUntil(records: Records, at: number): void {
  for (const [key, record] of records) {
    if (record.at > at) return;
    records.delete(key);
  }
}

export const recordsIn = ({ devices, networks }: Standings): number => devices.size + networks.size;
