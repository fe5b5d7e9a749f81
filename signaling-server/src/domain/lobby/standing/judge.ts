import type { RoomEndReason } from "@serendip/protocol";
import { originsOf, partnerOf, type Room, type RoomMember } from "../room.ts";
import type { Session } from "../session.ts";
import type { Transaction } from "../state.ts";
import { addDemerits, addFailure, endRow, fadeTo, type StandingRecord, takeDemerits } from "./record.ts";
import type { Conduct, DemeritRules } from "./rules.ts";
import { type Band, bandOf, isProven, keepRecord, type Owned, RANK, recordOf } from "./standings.ts";

/** One side of a room, as it stood before the room was judged. */
interface Side {
  readonly member: RoomMember;
  readonly session: Session;
  readonly band: Band;
  readonly isProven: boolean;
  /** Connections in a row that failed, of the device or, while it is unproven, of its network. */
  readonly row: number;
}

/** Whose demerits and failures a person's are: a network answers for devices of which nothing good is known. */
const ownersOf = ({ lobby, now }: Transaction, session: Session): readonly Owned[] =>
  isProven(lobby.standings, session, now) || session.networkKey === undefined
    ? ["device"]
    : ["device", "network"];

function rowOf(tx: Transaction, session: Session): number {
  const { standings, settings } = tx.lobby;
  const at = { standings, settings: settings.standing, now: tx.now };
  const rows = ownersOf(tx, session).map((owned) => recordOf(at, session, owned)?.failures ?? 0);
  return Math.max(...rows);
}

function sideOf(tx: Transaction, member: RoomMember): Side {
  const { session } = member;
  const { standings } = tx.lobby;
  return {
    member,
    session,
    band: bandOf(standings, session, tx.now),
    isProven: isProven(standings, session, tx.now),
    row: rowOf(tx, session),
  };
}

/**
 * What is held against a person because of this partner. Nothing where the partner's standing is worse: it is they whom one
 * leaves, and a crowd that has fallen is to sink nobody. Half where nothing good is known of them (SPEC M12).
 */
function weightOf(self: Side, partner: Side): number {
  if (RANK[partner.band] > RANK[self.band]) return 0;
  return partner.isProven ? 1 : 0.5;
}

/** Changes one record, and has those who wait with it look for a partner again where that may matter. */
function change(
  tx: Transaction,
  session: Session,
  owned: Owned,
  edit: (record: StandingRecord, rules: DemeritRules) => StandingRecord,
): void {
  const { lobby, now } = tx;
  const { standing: rules } = lobby.settings;
  const records = owned === "device" ? lobby.standings.devices : lobby.standings.networks;
  const key = owned === "device" ? session.deviceKey : session.networkKey;
  // Where the network is not known it has no standing (SPEC M10).
  if (key === undefined) return;
  const known = recordOf({ standings: lobby.standings, settings: rules, now }, session, owned);
  const before = fadeTo(now, rules[owned], known);
  const after = edit(before, rules[owned]);
  const most = owned === "device" ? rules.devicesKept : rules.networksKept;
  const forgotten = keepRecord(records, { key, record: after, most });
  if (forgotten !== undefined) seekFor(tx, owned, forgotten);
  // A fall that only lasts longer puts nobody together, and who waits asks again when it was to end.
  const isSame = now < before.fallenUntil === now < after.fallenUntil;
  if (isSame && after.fallenUntil >= before.fallenUntil && after.provenUntil === before.provenUntil) return;
  seekFor(tx, owned, key);
}

function seekFor({ lobby, seekers }: Transaction, owned: Owned, key: string): void {
  const isOwner = ({ deviceKey, networkKey }: Session) =>
    (owned === "device" ? deviceKey : networkKey) === key;
  for (const search of lobby.queue.ofOwners(({ session }) => isOwner(session))) seekers.add(search);
}

/** Demerits that come of a partner's word do no more than let the standing fall: each fades from there (SPEC M12). */
const BY_WORD: ReadonlySet<Conduct> = new Set(["skipped", "fails"]);

/** Holds something against a person (SPEC M11). */
function charge(tx: Transaction, session: Session, conduct: Conduct, weight = 1): void {
  const charges = tx.lobby.settings.standing.charges[conduct];
  for (const each of ownersOf(tx, session)) {
    const amount = charges[each] * weight;
    if (amount <= 0) continue;
    change(tx, session, each, (record, rules) =>
      addDemerits(record, rules, { amount, most: BY_WORD.has(conduct) ? rules.limit : rules.most }),
    );
  }
}

function praise(tx: Transaction, session: Session): void {
  const { provenMs, goodCall } = tx.lobby.settings.standing;
  change(tx, session, "device", (record, rules) => ({
    ...takeDemerits(record, rules, goodCall.device),
    provenUntil: tx.now + provenMs,
  }));
  if (session.networkKey === undefined || !tx.lobby.standings.networks.has(session.networkKey)) return;
  change(tx, session, "network", (record, rules) => takeDemerits(record, rules, goodCall.network));
}

/**
 * A connection did not come about. One is nothing, and neither are many with one partner; of the two sides it is the one whose
 * failures follow each other for longer (SPEC M11).
 */
function noteFailure(tx: Transaction, self: Side, partner: Side): void {
  const { failuresInRow } = tx.lobby.settings.standing;
  for (const each of ownersOf(tx, self.session))
    change(tx, self.session, each, (record) => addFailure(record, partner.session.deviceKey));
  const row = rowOf(tx, self.session);
  if (row >= failuresInRow && row > self.row && self.row >= partner.row)
    charge(tx, self.session, "fails", weightOf(self, partner));
}

function noteConnection(tx: Transaction, self: Side): void {
  if (self.row === 0) return;
  for (const each of ownersOf(tx, self.session)) change(tx, self.session, each, endRow);
}

/** How a room ended, and who ended it; undefined where a deadline did. */
export interface RoomEnd {
  readonly reason: RoomEndReason;
  readonly by: Session | undefined;
}

/** A room is about to end: what it says of its two members (SPEC M11–M13). */
export function judgeRoom(tx: Transaction, room: Room, end: RoomEnd): void {
  const [first, second] = room.members;
  // A room from before a restart has lasted for a time that nobody knows.
  if (!first || !second || room.matchedAt === undefined) return;
  const lastedMs = tx.now - room.matchedAt;
  const [one, other] = [sideOf(tx, first), sideOf(tx, second)];
  judgeSide(tx, { self: one, partner: other, end, lastedMs });
  judgeSide(tx, { self: other, partner: one, end, lastedMs });
}

interface Trial {
  readonly self: Side;
  readonly partner: Side;
  readonly end: RoomEnd;
  readonly lastedMs: number;
}

function judgeSide(tx: Transaction, { self, partner, end, lastedMs }: Trial): void {
  const { standing: rules } = tx.lobby.settings;
  const { reason, by } = end;
  const isLeaving = by === self.session;
  switch (reason) {
    case "superseded":
    case "server-restart":
      return;
    case "flood":
      if (isLeaving) charge(tx, self.session, "floods");
      return;
    case "timeout":
      if (!self.member.ready) charge(tx, self.session, "silent");
      return;
    case "next":
    case "left":
    case "media-failed": {
      const wasSeen = partner.member.hasSeenPartner;
      if (wasSeen && RANK[partner.band] <= RANK[self.band]) noteConnection(tx, self);
      if (isGoodCall(self, partner) && lastedMs >= rules.goodCallMs) praise(tx, self.session);
      const weight = weightOf(self, partner);
      if (reason !== "media-failed" && lastedMs < rules.shortCallMs) {
        if (!isLeaving) charge(tx, self.session, "skipped", weight);
        else if (weight > 0) charge(tx, self.session, "skips");
      } else if (!self.member.ready || (partner.member.ready && !wasSeen)) noteFailure(tx, self, partner);
    }
  }
}

/**
 * Each has seen the other. It proves something only where networks show that these are two people, and where the partner is not
 * one of a crowd: otherwise a crowd would vouch for itself (SPEC M13).
 */
const isGoodCall = (self: Side, partner: Side): boolean =>
  self.member.hasSeenPartner &&
  partner.member.hasSeenPartner &&
  partner.band === "neutral" &&
  originsOf(self.session, partner.session) === "apart";

/** A member's socket is gone: early in a room, and again and again, that is no accident (SPEC M11). */
export function judgeDrop(tx: Transaction, room: Room, member: RoomMember): void {
  const { earlyDropMs } = tx.lobby.settings.standing;
  if (room.matchedAt === undefined || member.hasDropped || !partnerOf(room, member.session)) return;
  member.hasDropped = true;
  if (tx.now - room.matchedAt < earlyDropMs) charge(tx, member.session, "drops");
}
