import type { Clock } from "@serendip/time";
import type { SocketCourier } from "./courier.ts";

/** How many pages a second are to move, or to come back: what a node takes in (SPEC D2). */
export const MOVES_PER_SECOND = 500;
/** The least time over which pages move, where there is so much. */
const LEAST_SPREAD_MS = 2_000;
/** Notices between which others have their turn. */
const IN_A_ROW = 200;
const LOOK_MS = 50;

/** When each of so many pages is to move, milliseconds from now, so that no node gets all of them at once; fewer where not all have time. */
export function moveDelaysMs(count: number, withinMs: number): readonly number[] {
  // Half of the time is left for the last of them.
  const windowMs = withinMs / 2;
  const told = Math.min(count, Math.floor((windowMs / 1_000) * MOVES_PER_SECOND));
  const spreadMs = Math.min(windowMs, Math.max(LEAST_SPREAD_MS, (told / MOVES_PER_SECOND) * 1_000));
  return Array.from({ length: told }, (_, n) => Math.round((spreadMs * n) / told));
}

/** Tells pages that they are to move, each once, and resolves when all are gone, or the time is over. */
export async function drainSockets({
  courier,
  clock,
  withinMs,
}: {
  readonly courier: Pick<SocketCourier, "ids" | "deliver" | "count">;
  readonly clock: Clock;
  readonly withinMs: number;
}): Promise<void> {
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
  const endsAt = clock.now() + withinMs;
  const ids = [...courier.ids()];
  for (const [n, delayMs] of moveDelaysMs(ids.length, withinMs).entries()) {
    courier.deliver(ids[n] ?? "", "draining", { delayMs });
    if (n % IN_A_ROW === IN_A_ROW - 1) await pause(0);
  }
  while (courier.count() > 0 && clock.now() < endsAt)
    await pause(Math.min(LOOK_MS, Math.max(0, endsAt - clock.now())));
}
