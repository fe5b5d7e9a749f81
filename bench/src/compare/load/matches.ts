import { createPacer } from "./pacer.ts";
import { inTime, type Member } from "./swarm.ts";

const MATCH_MS = 30_000;

/** When somebody asked for a partner, and when the match was read; readings of `performance.now()`. */
export interface Search {
  readonly askedAt: number;
  readonly matchedAt: number;
}

/**
 * All ask at once for a partner.
 *
 * @throws when not all have one within half a minute
 */
export async function searchAtOnce(members: readonly Member[]): Promise<readonly Search[]> {
  const askedAt: number[] = [];
  const matchedAt = await inTime(
    new Promise<readonly number[]>((resolve) => {
      const at: number[] = [];
      let left = members.length;
      members.forEach((member, n) => {
        member.onMatched = () => {
          at[n] = performance.now();
          left -= 1;
          if (left === 0) resolve(at);
        };
      });
      members.forEach(({ person }, n) => {
        askedAt[n] = performance.now();
        person.find();
      });
    }),
    MATCH_MS,
  );
  return matchedAt.map((at, n) => ({ askedAt: askedAt[n] ?? Number.NaN, matchedAt: at }));
}

/** They ask one after the other, so many a second, whatever becomes of those before; the last may be left without a partner. */
export async function searchInTurn(
  members: readonly Member[],
  perSecond: number,
): Promise<{ readonly searches: readonly Search[]; readonly busy: number; readonly matched: number }> {
  const pacer = createPacer();
  const askedAt: number[] = [];
  const at: number[] = members.map(() => Number.NaN);
  let matched = 0;
  members.forEach((member, n) => {
    member.onMatched = () => {
      at[n] = performance.now();
      matched += 1;
      pacer.touch();
    };
  });
  const busy = pacer.watchBusy();
  await pacer.run({
    perSecond,
    count: members.length,
    fire(n, dueAt) {
      askedAt[n] = dueAt;
      members[n]?.person.find();
    },
  });
  await pacer.until(() => matched === members.length, MATCH_MS);
  const searches = at.map((matchedAt, n) => ({ askedAt: askedAt[n] ?? Number.NaN, matchedAt }));
  return { searches, busy: busy(), matched };
}

export type Couple = readonly [Member, Member];

/** Those who were put together. @throws when somebody is alone */
export function couplesOf(members: readonly Member[]): readonly Couple[] {
  const waiting = new Map<string, Member>();
  const couples: Couple[] = [];
  for (const member of members) {
    const partner = waiting.get(member.room);
    if (partner) {
      couples.push([partner, member]);
      waiting.delete(member.room);
    } else waiting.set(member.room, member);
  }
  if (waiting.size > 0) throw new Error(`${waiting.size} people have no partner.`);
  return couples;
}
