import { type Allowance, type Budget, type Clock, createBudget, refillMs } from "@serendip/time";
import { createExpiringMap, type Entry, type ExpiringMap } from "../../domain/collections/expiring-map.ts";
import {
  allowanceOf,
  type LimitKeys,
  type LimitVerdict,
  SCOPES,
  type Scope,
} from "../../domain/limits/quota.ts";
import type { EventLimits } from "../../domain/limits/table.ts";
import type { EventMeter } from "../../ports/counting.ts";

type CountClass = keyof EventLimits;

/** How long somebody is not heard who did not wait when told to (SPEC B4). */
const STRIKE_PAUSE_MS = 30_000;
/** Most people, devices and networks that are counted, each: some tens of megabytes. */
const MOST_KEYS = 50_000;

/** Somebody moves to the end of those who may be forgotten at most so often: with each signal it would cost more than the count. */
const TOUCH_MS = 1_000;

/** What is left to one person, device or network. What has never been touched is whole. */
type Account = Partial<Record<CountClass, Budget>>;

interface Ledger {
  readonly scope: Scope;
  readonly allowances: Readonly<Partial<Record<CountClass, Allowance>>>;
  readonly accounts: ExpiringMap<string, Account>;
}

/** Where the account of a key is: found once, and again only where it was forgotten meanwhile. */
interface Place {
  readonly ledger: Ledger;
  readonly key: string;
  entry: Entry<Account> | undefined;
}

/** The allowances of one scope, by class. */
function allowancesOf(table: EventLimits, scope: Scope): Ledger["allowances"] {
  const entries = (Object.keys(table) as CountClass[]).flatMap((name) => {
    const quota = table[name][scope];
    return quota ? [[name, allowanceOf(quota)] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** The instant at which everything is whole again, and it makes no difference to be forgotten. */
const wholeAt = (account: Account): number =>
  Math.max(0, ...Object.values(account).map((budget) => budget.wholeAt()));

function openLedger(table: EventLimits, scope: Scope, most: number): Ledger {
  const allowances = allowancesOf(table, scope);
  const lifetimeMs = Math.max(0, ...Object.values(allowances).map(refillMs));
  return {
    scope,
    allowances,
    accounts: createExpiringMap(lifetimeMs, { slackMs: TOUCH_MS, most, mattersUntil: wholeAt }),
  };
}

function accountAt(place: Place, now: number): Account {
  const { accounts } = place.ledger;
  accounts.dropExpired(now);
  let entry = place.entry;
  // Whoever was forgotten is looked for, because another connection may have opened the account anew.
  if (!entry || entry.until <= now) {
    entry = accounts.entry(place.key, now) ?? accounts.set(place.key, {}, now);
    place.entry = entry;
  }
  accounts.renew(entry, now);
  return entry.value;
}

function budgetAt(place: Place, name: CountClass, now: number): Budget | undefined {
  const allowance = place.ledger.allowances[name];
  if (!allowance) return undefined;
  const account = accountAt(place, now);
  const known = account[name];
  if (known) return known;
  const budget = createBudget(allowance);
  account[name] = budget;
  return budget;
}

const OK: LimitVerdict = { ok: true };

/** Takes it from every account, or, where one has not so much, from none. */
function takeAt(
  places: readonly Place[],
  name: CountClass,
  { amount, now }: { amount: number; now: number },
): LimitVerdict {
  let retryAfterMs = 0;
  for (const place of places) {
    const waitMs = budgetAt(place, name, now)?.waitMs(amount, now) ?? 0;
    if (waitMs > retryAfterMs) retryAfterMs = waitMs;
  }
  if (retryAfterMs > 0) return { ok: false, retryAfterMs };
  for (const { entry } of places) entry?.value[name]?.spend(amount, now);
  return OK;
}

/** The counts in this process' memory. Somebody is forgotten as soon as it makes no difference, or where there are too many. */
export function memoryEventMeter(
  clock: Pick<Clock, "now">,
  table: EventLimits,
  { most = MOST_KEYS, pauseMs = STRIKE_PAUSE_MS } = {},
): EventMeter {
  const ledgers = SCOPES.map((scope) => openLedger(table, scope, most));
  const pauses = createExpiringMap<string, number>(pauseMs, { most, mattersUntil: (until) => until });

  const placesOf = (keys: LimitKeys): readonly Place[] =>
    ledgers.flatMap((ledger) => {
      const key = keys[ledger.scope];
      return key === undefined ? [] : [{ ledger, key, entry: undefined }];
    });

  /** Only these two: a network has people who have done nothing. */
  const paused = ({ person, device }: LimitKeys): readonly string[] => [
    ...(person === undefined ? [] : [`person ${person}`]),
    ...(device === undefined ? [] : [`device ${device}`]),
  ];

  return {
    countsOf(keys) {
      const places = placesOf(keys);
      return {
        take: (eventClass) => takeAt(places, eventClass, { amount: 1, now: clock.now() }),

        strike(weight) {
          const now = clock.now();
          if (takeAt(places, "strikes", { amount: weight, now }).ok) return undefined;
          pauses.dropExpired(now);
          for (const key of paused(keys)) pauses.set(key, now + pauseMs, now);
          return pauseMs;
        },
      };
    },

    pauseMs(keys) {
      const now = clock.now();
      return Math.max(0, ...paused(keys).map((key) => (pauses.get(key, now) ?? now) - now));
    },

    size: () => ledgers.reduce((sum, { accounts }) => sum + accounts.size, pauses.size),
  };
}
