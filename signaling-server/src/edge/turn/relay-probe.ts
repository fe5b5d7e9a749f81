import type { Clock } from "@serendip/time";
import type { TurnAccount } from "../../ports/turn.ts";
import type { Target } from "./channel.ts";
import { openPair, type RelayPair } from "./relay-echo.ts";
import { startTimeLimit, type TimeLimit } from "./time-limit.ts";
import { ServerFull, TurnFailure } from "./turn-failure.ts";

interface ProbeParts {
  readonly clock: Clock;
  /** Certificate authorities that TLS trusts in place of Node's own, PEM. */
  readonly authority: string | undefined;
  /** Time that a packet through the relay may take, milliseconds. */
  readonly echoMs: number;
}

/** Checks one address of a TURN server again and again (SPEC K6, K26). */
export interface RelayProbe {
  /**
   * Relays a packet between two fresh relayed addresses, and resolves with the milliseconds that it took. These are held until
   * the next ones work, so that a server without room for others can be checked through them.
   *
   * @throws TurnFailure, ServerFull
   */
  check(account: TurnAccount, limit: TimeLimit): Promise<number>;
  /** Gives back what is held. Never rejects. */
  free(limit: TimeLimit): Promise<void>;
  /** The same without waiting for the server's word. */
  drop(): void;
}

/** Longer than anybody keeps a pair of a server that has room; one that is full that long is checked without. */
const LIFE_MS = 3_600_000;

export function createRelayProbe({
  target,
  clock,
  authority,
  echoMs,
}: ProbeParts & { readonly target: Target }): RelayProbe {
  let held: Held | undefined;

  interface Held {
    readonly pair: RelayPair;
    readonly life: TimeLimit;
  }

  const drop = ({ pair, life }: Held): void => {
    pair.drop();
    life.close();
  };
  const giveBack = async (one: Held, limit: TimeLimit): Promise<void> => {
    await limit.race(one.pair.free()).catch(() => one.pair.drop());
    one.life.close();
  };

  async function open(account: TurnAccount, limit: TimeLimit): Promise<Held> {
    // It outlives this check, and ends with it when it has not come about by then.
    const life = startTimeLimit({ clock, withinMs: LIFE_MS });
    const untie = limit.onOver(life.close);
    try {
      return { pair: await openPair(target, { clock, authority, limit: life, account }), life };
    } catch (error) {
      life.close();
      throw error;
    } finally {
      untie();
    }
  }

  /** Relays through what is held; undefined where that is nothing any more. */
  async function echoOfHeld(limit: TimeLimit): Promise<number | undefined> {
    const one = held;
    if (!one) return undefined;
    try {
      return await limit.race(one.pair.refresh().then(() => one.pair.echo(echoMs)));
    } catch (error) {
      held = undefined;
      drop(one);
      if (limit.over() || (error instanceof TurnFailure && error.code === "no-echo")) throw error;
      // The server has forgotten it, as one that was started anew.
      return undefined;
    }
  }

  return {
    async check(account, limit) {
      let fresh: Held;
      try {
        fresh = await open(account, limit);
      } catch (error) {
        if (!(error instanceof ServerFull)) throw error;
        throw new ServerFull(error.message, await echoOfHeld(limit));
      }
      try {
        const relayMs = await limit.race(fresh.pair.echo(echoMs));
        const before = held;
        held = fresh;
        if (before) await giveBack(before, limit);
        return relayMs;
      } catch (error) {
        await giveBack(fresh, limit);
        throw error;
      }
    },
    async free(limit) {
      const one = held;
      held = undefined;
      if (one) await giveBack(one, limit);
    },
    drop() {
      if (held) drop(held);
      held = undefined;
    },
  };
}
