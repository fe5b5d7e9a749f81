import { type ClientEvent, type ErrorBody, errorBody } from "@serendip/protocol";
import { type Allowance, type Clock, type Remainder, spend } from "@serendip/time";

/** How much the server takes of each event of one person. */
export interface RequestLimits {
  /** Undefined: as much as comes. */
  set(event: ClientEvent, allowance: Allowance | undefined): void;
  isLimited(event: ClientEvent): boolean;
  take(event: ClientEvent): ErrorBody | undefined;
  /** Requests that came although the time that was asked for was not over. */
  early(): number;
}

export function createRequestLimits(clock: Pick<Clock, "now">): RequestLimits {
  const allowances = new Map<ClientEvent, Allowance>();
  const left = new Map<ClientEvent, Remainder>();
  const told = new Map<ClientEvent, number>();
  let early = 0;
  return {
    set(event, allowance) {
      left.delete(event);
      told.delete(event);
      if (allowance) allowances.set(event, allowance);
      else allowances.delete(event);
    },
    isLimited: (event) => allowances.has(event),
    take(event) {
      const allowance = allowances.get(event);
      if (!allowance) return undefined;
      const now = clock.now();
      if (now < (told.get(event) ?? 0)) early += 1;
      const spent = spend(left.get(event), { amount: 1, now, allowance });
      left.set(event, spent.remainder);
      if (spent.ok) return undefined;
      told.set(event, now + spent.waitMs);
      return errorBody("rate_limited", undefined, spent.waitMs);
    },
    early: () => early,
  };
}
