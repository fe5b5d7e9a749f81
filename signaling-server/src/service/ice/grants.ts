import type { IceGrant, IceServer, RelayState, SessionId } from "@serendip/protocol";
import { grantOf, stunServers } from "../../domain/ice-grant.ts";
import type { Fact } from "../../domain/lobby/command.ts";
import type { CheckMeter } from "../../ports/counting.ts";
import type { TurnAccount, TurnGroupKind, TurnMinter } from "../../ports/turn.ts";
import type { TurnMonitor } from "./turn-monitor.ts";

/** Where accounts at the TURN servers come from: one for each session, or one for all. */
export type TurnAccounts =
  | { readonly kind: "minted"; readonly minter: TurnMinter; readonly ttlMs: number }
  | ({ readonly kind: "static" } & TurnAccount);

/** Whose a session is, as far as the server knows. */
export interface Origin {
  readonly userId: string;
  readonly deviceGroup: string | undefined;
  /** A keyed hash of the network; undefined where it is not known. */
  readonly networkKey: string | undefined;
}

interface GrantParts {
  readonly stunUrls: readonly string[];
  /** Undefined where no TURN server is configured. */
  readonly accounts: TurnAccounts | undefined;
  /** The present state of the TURN servers. */
  readonly turn: Pick<TurnMonitor, "usable" | "joining" | "roomy" | "withheld">;
  readonly checks: CheckMeter;
  /** Called when a session gets an account that it did not have yet. */
  readonly onNewAccount?: (sessionId: SessionId, account: TurnAccount) => void;
}

type CheckGrant =
  | { readonly ok: true; readonly ice: IceGrant }
  | { readonly ok: false; readonly retryAfterMs: number };

/** Tells each session which ICE servers it may use (SPEC K2, K4, K8, K17, K24). */
export interface IceGrants {
  /** The servers that need no account, for everybody. */
  readonly everybody: IceServer[];
  /** A session has come over a connection of this origin. */
  arrived(sessionId: SessionId, origin: Origin): void;
  /** The servers and the account for a session that is in a room (SPEC K2). */
  grant(sessionId: SessionId): IceGrant;
  /** Whether the session has come and is not over. */
  knows(sessionId: SessionId): boolean;
  /** The same for one that is in none and wants to try the servers, unless its network has had too many (SPEC K24). */
  grantForCheck(sessionId: SessionId): CheckGrant;
  /** Whether two people who both need a relay reach each other at the moment (SPEC K21). */
  relay(): RelayState;
  /** Forgets sessions that have ended. */
  observe(facts: readonly Fact[]): void;
  /** Number of sessions that are known. */
  count(): number;
}

/** What is kept of a session, as long as it lasts. */
interface Known {
  readonly origin: Origin;
  /** The name of its newest account. */
  newest: string | undefined;
}

/** Whose accounts a TURN server counts together (SPEC K19). */
const groupOf = ({
  userId,
  deviceGroup,
  networkKey,
}: Origin): { readonly kind: TurnGroupKind; readonly name: string } =>
  networkKey === undefined
    ? { kind: "device", name: `device:${deviceGroup ?? userId}` }
    : { kind: "network", name: `network:${networkKey}` };

export function createIceGrants(parts: GrantParts): IceGrants {
  const { stunUrls, accounts, turn, checks, onNewAccount } = parts;
  const known = new Map<SessionId, Known>();
  const originOf = (sessionId: SessionId): Origin =>
    known.get(sessionId)?.origin ?? { userId: sessionId, deviceGroup: undefined, networkKey: undefined };

  const accountOf = (sessionId: SessionId) => {
    if (accounts?.kind !== "minted") return accounts;
    const group = groupOf(originOf(sessionId)).name;
    const account = accounts.minter.mint({ group, member: sessionId }, accounts.ttlMs);
    const session = known.get(sessionId);
    if (session && session.newest !== account.username) {
      session.newest = account.username;
      onNewAccount?.(sessionId, account);
    }
    return account;
  };

  const relay = (): RelayState => {
    if (accounts === undefined) return "none";
    return turn.roomy().length > 0 ? "ok" : "failed";
  };

  const withoutTurn = grantOf({ stun: stunUrls, turn: [] }, undefined);

  const grant = (sessionId: SessionId): IceGrant => {
    if (accounts === undefined) return withoutTurn;
    const usable = turn.usable();
    const withheld = turn.withheld();
    return {
      ...grantOf({ stun: stunUrls, turn: usable }, usable.length > 0 ? accountOf(sessionId) : undefined),
      ...(withheld.length > 0 && { withheld: [...withheld] }),
      // In every other case the page can tell the relay's state from the servers that it gets.
      ...(usable.length > 0 && turn.joining().length === 0 && { relay: "failed" as const }),
    };
  };

  return {
    everybody: stunServers(stunUrls),
    // No more of what is given, which may hold a whole connection.
    arrived(sessionId, { userId, deviceGroup, networkKey }) {
      const { newest } = known.get(sessionId) ?? {};
      known.set(sessionId, { origin: { userId, deviceGroup, networkKey }, newest });
    },
    knows: (sessionId) => known.has(sessionId),
    grant,
    grantForCheck(sessionId) {
      if (turn.usable().length > 0) {
        const { kind, name } = groupOf(originOf(sessionId));
        const retryAfterMs = checks.take(kind, name);
        if (retryAfterMs > 0) return { ok: false, retryAfterMs };
      }
      return { ok: true, ice: grant(sessionId) };
    },
    relay,
    observe(facts) {
      for (const fact of facts) if (fact.type === "session-closed") known.delete(fact.sessionId);
    },
    count: () => known.size,
  };
}
