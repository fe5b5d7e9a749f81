import fc from "fast-check";
import { expect, test } from "vitest";
import { createExpiringMap, type Entry } from "../../../src/domain/collections/expiring-map.ts";

const LIFETIME_MS = 20;
const MOST = 4;
/** Of the oldest so many the one that matters least is dropped. */
const CANDIDATES = 16;

type Key = "a" | "b" | "c" | "d" | "e" | "f";
const key = fc.constantFrom<Key>("a", "b", "c", "d", "e", "f");
const value = fc.integer({ min: 0, max: 5 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("set" as const), key, value }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("renew" as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 12 }) }) },
);

interface Plain {
  readonly key: Key;
  readonly value: number;
  readonly until: number;
}

/** The same, kept as a list that is searched, oldest first. */
function plainMap({ byValue, slackMs }: { readonly byValue: boolean; readonly slackMs: number }) {
  let all: readonly Plain[] = [];
  const without = (gone: Key) => all.filter((one) => one.key !== gone);
  return {
    all: () => all,
    at: (wanted: Key, now: number) => all.find((one) => one.key === wanted && one.until > now),
    put(name: Key, held: number, now: number): Plain | undefined {
      let crowdedOut: Plain | undefined;
      if (!all.some((one) => one.key === name) && all.length >= MOST) {
        const oldest = all.slice(0, CANDIDATES);
        const least = Math.min(...oldest.map((one) => one.value));
        crowdedOut = byValue ? oldest.find((one) => one.value === least) : oldest[0];
        all = all.filter((one) => one !== crowdedOut);
      }
      const known = all.find((one) => one.key === name);
      all =
        known && known.until - now > LIFETIME_MS
          ? all.map((one) => (one === known ? { ...known, value: held } : one))
          : [...without(name), { key: name, value: held, until: now + LIFETIME_MS + slackMs }];
      return crowdedOut;
    },
    remove(gone: Key) {
      all = without(gone);
    },
    drop(now: number): readonly Plain[] {
      const firstLiving = all.findIndex((one) => one.until > now);
      const gone = firstLiving < 0 ? all : all.slice(0, firstLiving);
      all = all.slice(gone.length);
      return gone;
    },
  };
}

test.each([
  ["the oldest", { byValue: false, slackMs: 0 }],
  ["the oldest, which may have been used a moment ago", { byValue: false, slackMs: 5 }],
  ["the one of the oldest few that matters least", { byValue: true, slackMs: 0 }],
] as const)(
  "[B8] an expiring map holds what a list would, drops %s, and an entry knows when it is no longer in it",
  (_, rules) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        let now = 1_000;
        const seen: Plain[] = [];
        const crowded: (readonly [Key, number])[] = [];
        const map = createExpiringMap<Key, number>(LIFETIME_MS, {
          most: MOST,
          onCrowdedOut: (name, held) => crowded.push([name, held]),
          slackMs: rules.slackMs,
          ...(rules.byValue && { mattersUntil: (held: number) => held }),
        });
        const plain = plainMap(rules);
        /** Entries that somebody keeps, of whatever has become of them. */
        const kept: { readonly name: Key; readonly entry: Entry<number> }[] = [];
        for (const one of steps) {
          switch (one.do) {
            case "set": {
              const entry = map.set(one.key, one.value, now);
              const out = plain.put(one.key, one.value, now);
              if (out) seen.push(out);
              kept.push({ name: one.key, entry });
              break;
            }
            case "renew": {
              const entry = map.entry(one.key, now);
              const before = plain.at(one.key, now);
              expect(entry?.value).toBe(before?.value);
              if (entry) map.renew(entry, now);
              if (before) plain.put(one.key, before.value, now);
              break;
            }
            case "delete":
              map.delete(one.key);
              plain.remove(one.key);
              break;
            case "drop": {
              const dropped: Key[] = [];
              map.dropExpired(now, (name) => dropped.push(name));
              expect(dropped).toEqual(plain.drop(now).map((gone) => gone.key));
              break;
            }
            case "wait":
              now += one.ms;
          }
          expect(map.size).toBe(plain.all().length);
          for (const name of ["a", "b", "c", "d", "e", "f"] as const)
            expect(map.get(name, now)).toBe(plain.at(name, now)?.value);
          // What was dropped is nobody's account any more; what was not is the one that everybody finds.
          for (const { name, entry } of kept)
            if (entry.until > now) expect(map.entry(name, now)).toBe(entry);
            else map.renew(entry, now);
        }
        expect(crowded).toEqual(seen.map((gone) => [gone.key, gone.value]));
      }),
    );
  },
);
