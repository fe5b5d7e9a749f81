export { type Backoff, backoffCeilingMs, backoffMs } from "./backoff.ts";
export {
  type Allowance,
  type Budget,
  createBudget,
  type Remainder,
  refillMs,
  type Spent,
  spend,
} from "./budget.ts";
export { type Cancel, type Clock, steadyClock, systemClock } from "./clock.ts";
export { type DeadlineTimer, deadlineTimer } from "./deadline-timer.ts";
export { type Limits, within } from "./within.ts";
