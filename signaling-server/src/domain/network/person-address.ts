import { type Address, isLocal, readAddress } from "./address.ts";
import { isTrustedProxy, type ProxyTrust } from "./proxy-trust.ts";

/** How a request came. */
export interface Arrived {
  /** The address of the other end of the TCP connection; a socket that was reset has none any more. */
  readonly peer: string | undefined;
  /** The header `X-Forwarded-For`: what each proxy on the way has added at the right end. */
  readonly forwardedFor: string | undefined;
}

/** Proxies in a row that are looked at. */
const MOST_PROXIES = 20;

/**
 * The address of the person behind a request; undefined where it is not known, because nobody has said whether the peer is a
 * proxy, or because a trusted proxy names nobody (SPEC N2, N3). Read from the right end, and only over trusted hops, so that
 * nothing counts which a stranger has written.
 */
export function personAddress({ peer, forwardedFor = "" }: Arrived, trust: ProxyTrust): Address | undefined {
  let address = readAddress(peer ?? "");
  if (!address) return undefined;
  if (trust.kind !== "hops" && isLocal(address) && !isTrustedProxy(address, 0, trust)) return undefined;
  let left = forwardedFor;
  for (let hop = 0; isTrustedProxy(address, hop, trust); hop += 1) {
    if (left === "" || hop === MOST_PROXIES) return undefined;
    const comma = left.lastIndexOf(",");
    address = readAddress(left.slice(comma + 1));
    if (!address) return undefined;
    left = left.slice(0, Math.max(0, comma));
  }
  return address;
}
