import type { Cancel, Clock } from "@serendip/time";
import type { HostAddress } from "../../ports/turn.ts";
import type { TimeLimit } from "./time-limit.ts";
import { failureOf, type TurnFailure } from "./turn-failure.ts";

/** The outcome of the attempt at one address of a server. */
export type Try<Result> =
  | { readonly ok: true; readonly at: HostAddress; readonly result: Result }
  | { readonly ok: false; readonly at: HostAddress; readonly failure: TurnFailure };

/** The pause before the next address is tried while the one before is not decided (RFC 8305 section 5). */
const NEXT_ADDRESS_MS = 250;

/**
 * Tries every address, in the given order: the next one as soon as the one before is decided, and after a short pause at the
 * latest. Unlike a browser it goes on when one works, because the others are to be known too. All attempts begin within the
 * first half of the time; one that is not decided at its end has failed.
 */
export async function tryEach<Result>(
  addresses: readonly HostAddress[],
  attempt: (at: HostAddress) => Promise<Result>,
  { clock, limit }: { readonly clock: Clock; readonly limit: TimeLimit },
): Promise<readonly Try<Result>[]> {
  const pauseMs = Math.min(NEXT_ADDRESS_MS, limit.leftMs() / 2 / addresses.length);
  const tries: Promise<Try<Result>>[] = [];
  for (const at of addresses) {
    const one = limit.race(attempt(at)).then(
      (result) => ({ ok: true, at, result }) as const,
      (error: unknown) => ({ ok: false, at, failure: failureOf(error) }) as const,
    );
    tries.push(one);
    await decidedOrAfter(one, pauseMs, clock);
  }
  return Promise.all(tries);
}

async function decidedOrAfter(decided: Promise<unknown>, ms: number, clock: Clock): Promise<void> {
  let cancel: Cancel | undefined;
  const passed = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([decided, passed]);
  cancel?.();
}
