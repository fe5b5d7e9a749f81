import { type Allowance, type Clock, type Remainder, refillMs, spend } from "@serendip/time";
import { createExpiringMap, type ExpiringMap } from "../../domain/collections/expiring-map.ts";
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

/** What is known of one person, device or network. What has never been touched is whole. */
interface Account {
  readonly left: Partial<Record<CountClass, Remainder>>;
  readonly touchedAt: number;
}

interface Ledger {
  readonly scope: Scope;
  readonly allowances: Readonly<Partial<Record<CountClass, Allowance>>>;
  readonly accounts: ExpiringMap<string, Account>;
}

/** The allowances of one scope, by class. */
function allowancesOf(table: EventLimits, scope: Scope): Ledger["allowances"] {
  const entries = (Object.keys(table) as CountClass[]).flatMap((name) => {
    const quota = table[name][scope];
    return quota ? [[name, allowanceOf(quota)] as const] : [];
  });
  return Object.fromEntries(entries);
}

function openLedger(table: EventLimits, scope: Scope, most: number): Ledger {
  const allowances = allowancesOf(table, scope);
  /** The instant at which everything is whole again, and it makes no difference to be forgotten. */
  const wholeAt = ({ left }: Account): number =>
    (Object.entries(left) as [CountClass, Remainder][]).reduce((latest, [name, remainder]) => {
      const { burst, perSecond } = allowances[name] ?? { burst: 0, perSecond: 1 };
      return Math.max(latest, remainder.at + ((burst - remainder.left) / perSecond) * 1_000);
    }, 0);
  const lifetimeMs = TOUCH_MS + Math.max(0, ...Object.values(allowances).map(refillMs));
  return { scope, allowances, accounts: createExpiringMap(lifetimeMs, { most, mattersUntil: wholeAt }) };
}

/** The counts in this process' memory. Somebody is forgotten as soon as it makes no difference, or where there are too many. */
export function memoryEventMeter(
  clock: Pick<Clock, "now">,
  table: EventLimits,
  { most = MOST_KEYS, pauseMs = STRIKE_PAUSE_MS } = {},
): EventMeter {
  const ledgers = SCOPES.map((scope) => openLedger(table, scope, most));
  const pauses = createExpiringMap<string, number>(pauseMs, { most, mattersUntil: (until) => until });

  function accountOf({ accounts }: Ledger, key: string, now: number): Account {
    const known = accounts.get(key, now);
    if (known && now - known.touchedAt < TOUCH_MS) return known;
    const account: Account = { left: known?.left ?? {}, touchedAt: now };
    accounts.dropExpired(now);
    accounts.set(key, account, now);
    return account;
  }

  /** Takes it from every account, or, where one has not so much, from none. */
  function take(keys: LimitKeys, name: CountClass, amount: number): LimitVerdict {
    const now = clock.now();
    const paid: { readonly account: Account; readonly remainder: Remainder }[] = [];
    let retryAfterMs = 0;
    for (const ledger of ledgers) {
      const key = keys[ledger.scope];
      const allowance = ledger.allowances[name];
      if (key === undefined || !allowance) continue;
      const account = accountOf(ledger, key, now);
      const spent = spend(account.left[name], { amount, now, allowance });
      if (spent.ok) paid.push({ account, remainder: spent.remainder });
      else retryAfterMs = Math.max(retryAfterMs, spent.waitMs);
    }
    if (retryAfterMs > 0) return { ok: false, retryAfterMs };
    for (const { account, remainder } of paid) account.left[name] = remainder;
    return { ok: true };
  }

  /** Only these two: a network has people who have done nothing. */
  const paused = ({ person, device }: LimitKeys): readonly string[] => [
    ...(person === undefined ? [] : [`person ${person}`]),
    ...(device === undefined ? [] : [`device ${device}`]),
  ];

  return {
    take: (keys, eventClass) => take(keys, eventClass, 1),

    strike(keys, weight) {
      if (take(keys, "strikes", weight).ok) return undefined;
      const now = clock.now();
      pauses.dropExpired(now);
      for (const key of paused(keys)) pauses.set(key, now + pauseMs, now);
      return pauseMs;
    },

    pauseMs(keys) {
      const now = clock.now();
      return Math.max(0, ...paused(keys).map((key) => (pauses.get(key, now) ?? now) - now));
    },

    size: () => ledgers.reduce((sum, { accounts }) => sum + accounts.size, pauses.size),
  };
}
