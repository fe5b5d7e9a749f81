import type { IceGrant, IceServer, RelayState, SessionId } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { createExpiringMap } from "../../domain/collections/expiring-map.ts";
import { accountFor, grantOf, type MintedAccount, repeatMs, stunServers } from "../../domain/ice-grant.ts";
import type { Fact } from "../../domain/lobby/command.ts";
import type { TurnAccount, TurnMinter } from "../../ports.ts";
import type { TurnMonitor } from "./turn-monitor.ts";

/** Where accounts at the TURN servers come from: one for each session, or one for all. */
export type TurnAccounts =
  | { readonly kind: "minted"; readonly minter: TurnMinter; readonly ttlMs: number }
  | ({ readonly kind: "static" } & TurnAccount);

interface GrantParts {
  readonly stunUrls: readonly string[];
  /** Undefined where no TURN server is configured. */
  readonly accounts: TurnAccounts | undefined;
  /** The present state of the TURN servers. */
  readonly turn: Pick<TurnMonitor, "usable" | "full" | "withheld">;
  readonly clock: Clock;
}

/** Tells each session which ICE servers it may use (SPEC K2, K4, K8, K17, K20). */
export interface IceGrants {
  /** The servers that need no account, for everybody. */
  readonly everybody: IceServer[];
  /** The servers and the account for a session that is queued, in a room, or asks (SPEC K2). */
  grant(sessionId: SessionId): IceGrant;
  /** Whether two people who both need a relay reach each other at the moment (SPEC K21). */
  relay(): RelayState;
  /** Forgets the accounts of sessions that have ended. */
  observe(facts: readonly Fact[]): void;
  /** Number of accounts that are remembered. */
  count(): number;
}

export function createIceGrants({ stunUrls, accounts, turn, clock }: GrantParts): IceGrants {
  const held = createExpiringMap<SessionId, MintedAccount>(
    accounts?.kind === "minted" ? repeatMs(accounts.ttlMs) : 0,
  );

  const accountOf = (sessionId: SessionId, now: number) => {
    if (accounts?.kind !== "minted") return accounts;
    const { minter, ttlMs } = accounts;
    held.dropExpired(now);
    const known = held.get(sessionId, now);
    const account = accountFor(known, { now, ttlMs, mint: () => minter.mint(sessionId, ttlMs) });
    if (account !== known) held.set(sessionId, account, now);
    return account;
  };

  const relay = (): RelayState => {
    if (accounts === undefined) return "none";
    return turn.full().length > 0 ? "ok" : "failed";
  };

  return {
    everybody: stunServers(stunUrls),
    grant(sessionId) {
      const now = clock.now();
      const usable = turn.usable();
      const withheld = turn.withheld();
      const account = usable.length > 0 ? accountOf(sessionId, now) : undefined;
      const grant = grantOf({ stun: stunUrls, turn: usable }, account, now);
      return {
        ...grant,
        ...(withheld.length > 0 && { withheld: [...withheld] }),
        // In every other case the page can tell the relay's state from the servers that it gets.
        ...(usable.length > 0 && relay() === "failed" && { relay: "failed" as const }),
      };
    },
    relay,
    observe(facts) {
      for (const fact of facts) if (fact.type === "session-closed") held.delete(fact.sessionId);
    },
    count: () => held.size,
  };
}
