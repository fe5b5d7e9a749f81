import type { IceGrant, IceServer } from "@serendip/protocol";

/** An account at the TURN servers, made for one session. */
export interface MintedAccount {
  readonly username: string;
  readonly credential: string;
  readonly mintedAt: number;
  /** The instant at which the TURN servers stop taking it. */
  readonly until: number;
}

/** A session that asks again within this time gets the same account again (SPEC K20). */
const REPEAT_MS = 30_000;

/** How long an account is given out again, milliseconds: at most half its life, so that the rest of it is still of use. */
export const repeatMs = (ttlMs: number): number => Math.min(REPEAT_MS, ttlMs / 2);

/** The account to give out at `now`: the session's present one while it is given out again, else a new one. */
export function accountFor(
  held: MintedAccount | undefined,
  {
    now,
    ttlMs,
    mint,
  }: { readonly now: number; readonly ttlMs: number; mint(): Pick<MintedAccount, "username" | "credential"> },
): MintedAccount {
  if (held && now < held.mintedAt + repeatMs(ttlMs)) return held;
  return { ...mint(), mintedAt: now, until: now + ttlMs };
}

export const stunServers = (urls: readonly string[]): IceServer[] =>
  urls.length > 0 ? [{ urls: [...urls] }] : [];

/** The ICE servers that a session may use from `now` on (SPEC K17). An `account` without `until` never ends. */
export function grantOf(
  servers: { readonly stun: readonly string[]; readonly turn: readonly string[] },
  account: (Pick<MintedAccount, "username" | "credential"> & { readonly until?: number }) | undefined,
  now: number,
): IceGrant {
  const iceServers = stunServers(servers.stun);
  if (!account || servers.turn.length === 0) return { iceServers };
  const { username, credential, until } = account;
  iceServers.push({ urls: [...servers.turn], username, credential });
  return until === undefined ? { iceServers } : { iceServers, expiresInMs: Math.max(0, until - now) };
}
