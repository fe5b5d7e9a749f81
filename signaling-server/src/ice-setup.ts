import { iceModeOf } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { ServerConfig } from "./config.ts";
import { hmacTurnMinter } from "./edge/turn/hmac-turn-minter.ts";
import { createIceChecker } from "./edge/turn/ice-checker.ts";
import type { NameResolver, TurnAccount } from "./ports/turn.ts";
import type { Log } from "./ports.ts";
import { createIceGrants, type IceGrants, type TurnAccounts } from "./service/ice/grants.ts";
import { memoryCheckMeter } from "./service/ice/memory-check-meter.ts";
import { createTurnMonitor, type TurnMonitor } from "./service/ice/turn-monitor.ts";

type IceConfig = Pick<ServerConfig, "stunUrls" | "turn">;

/** How long a check may take. With the pause between two checks, a TURN server that dies is noticed within 10 s. */
export const CHECK_MS = 3_000;
/** Life of the account that a check uses. */
const CHECK_ACCOUNT_MS = 60_000;

function accountsOf({ turn }: IceConfig, calendar: Clock): TurnAccounts | undefined {
  if (turn?.account.kind !== "minted") return turn?.account;
  const { secret, ttlMs } = turn.account;
  return { kind: "minted", minter: hmacTurnMinter({ secret, calendar }), ttlMs };
}

/**
 * An account with which this server tries the TURN server at `url`; undefined where there are none. What it holds at one URL
 * counts against no other (SPEC K26).
 */
export function ownTurnAccount(config: IceConfig, url: string, calendar: Clock): TurnAccount | undefined {
  const accounts = accountsOf(config, calendar);
  if (accounts?.kind !== "minted") return accounts;
  return accounts.minter.mint({ group: `the server itself at ${url}`, member: "" }, CHECK_ACCOUNT_MS);
}

function logIce({ stunUrls, turn }: IceConfig, log: Log): void {
  const turnUrls = turn?.urls ?? [];
  const mode = iceModeOf([{ urls: [...stunUrls, ...turnUrls] }]);
  const account = turn ? { turnAccount: turn.account.kind } : {};
  log.info(`Configured ${stunUrls.length + turnUrls.length} ICE servers`, {
    mode,
    stun: stunUrls.length,
    turn: turnUrls.length,
    ...account,
  });
  if (mode === "none")
    log.warn("STUN_URLS is empty: people behind different routers may not be able to connect to each other");
  else if (mode === "stun-only")
    log.warn("TURN_URLS is empty: people whose networks block direct connections cannot reach each other");
}

/** What hands out ICE servers, and what watches over them. */
export interface Ice {
  readonly grants: IceGrants;
  readonly monitor: TurnMonitor;
  /** Accounts at the TURN servers that were given to people since the start. */
  accountsIssued(): number;
}

/** Sets up grants and checks of the configured ICE servers, and logs which kinds there are. */
export function createIce(
  config: IceConfig,
  parts: {
    readonly clock: Clock;
    readonly calendar: Clock;
    readonly resolver: NameResolver;
    readonly log: Log;
    /** Called when the state of a TURN server has changed, and after its first check. */
    readonly onVerdict: () => void;
  },
): Ice {
  const { stunUrls, turn } = config;
  const { clock, calendar, resolver, log, onVerdict } = parts;
  logIce(config, log);
  const monitor = createTurnMonitor({
    urls: turn?.urls ?? [],
    checker: createIceChecker({ clock, withinMs: CHECK_MS, resolver }),
    // Without TURN servers nothing is checked, and no account is asked for.
    account: (url) => ownTurnAccount(config, url, calendar) ?? { username: "", credential: "" },
    checkEveryMs: turn?.checkEveryMs ?? 0,
    clock,
    log,
    onVerdict,
  });
  const accounts = accountsOf(config, calendar);
  let issued = 0;
  const grants = createIceGrants({
    stunUrls,
    accounts,
    turn: monitor,
    checks: memoryCheckMeter(clock),
    onNewAccount(sessionId, { username }) {
      issued += 1;
      // A TURN server's log has the whole of it, `turnEndsAt:turnName`, and no session.
      const [turnEndsAt, turnName] = username.split(":");
      log.info("TURN account handed out", { sessionId, turnName, turnEndsAt: Number(turnEndsAt) });
    },
  });
  return { grants, monitor, accountsIssued: () => issued };
}
