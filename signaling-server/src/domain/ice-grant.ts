import type { IceGrant, IceServer } from "@serendip/protocol";

/** Somebody who asks again within this time gets the same account again (SPEC K20). */
const REPEAT_MS = 30_000;

/** How long an account is given out again, milliseconds: at most half its life, so that the rest of it is still of use. */
const repeatMs = (ttlMs: number): number => Math.min(REPEAT_MS, ttlMs / 2);

/**
 * The end of the account that somebody gets at `now` (SPEC K20), both in seconds since the epoch: the first of that person's
 * own instants by which it has lived `ttlMs`. They are equally far apart, so nobody has to remember which account it was.
 *
 * @param phase a whole number that tells the person's instants from those of others
 */
export function accountEnd(
  now: number,
  { ttlMs, phase }: { readonly ttlMs: number; readonly phase: number },
): number {
  const every = Math.max(1, Math.floor(repeatMs(ttlMs) / 1_000));
  const offset = phase % every;
  return Math.ceil((now + ttlMs / 1_000 - offset) / every) * every + offset;
}

export const stunServers = (urls: readonly string[]): IceServer[] =>
  urls.length > 0 ? [{ urls: [...urls] }] : [];

/** An account as it is given out; one without `expiresInMs` never ends. */
interface GivenAccount {
  readonly username: string;
  readonly credential: string;
  readonly expiresInMs?: number;
}

/** The ICE servers that a session may use from now on (SPEC K17). */
export function grantOf(
  servers: { readonly stun: readonly string[]; readonly turn: readonly string[] },
  account: GivenAccount | undefined,
): IceGrant {
  const iceServers = stunServers(servers.stun);
  if (!account || servers.turn.length === 0) return { iceServers };
  const { username, credential, expiresInMs } = account;
  iceServers.push({ urls: [...servers.turn], username, credential });
  return expiresInMs === undefined ? { iceServers } : { iceServers, expiresInMs };
}
