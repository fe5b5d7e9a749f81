import { lookup } from "node:dns/promises";
import { isIP, isIPv6 } from "node:net";
import type { HostAddress, NameResolver } from "../../ports/turn.ts";
import type { TimeLimit } from "./time-limit.ts";
import { codeOf, TurnFailure } from "./turn-failure.ts";

/**
 * The system's resolver (getaddrinfo). Not `dns.Resolver`, although its queries could be cancelled: only the system's
 * resolver obeys /etc/hosts, mDNS and nsswitch.conf, and so finds what an operator's other programs find.
 */
export const systemResolver: NameResolver = {
  async addressesOf(name) {
    const found = await lookup(name, { all: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? "IPv6" : "IPv4" }));
  },
};

/**
 * Never looks a name up while an earlier look-up of it is under way: both get the earlier one's result. A look-up cannot be
 * cancelled and takes a thread that files need as well, so look-ups must not pile up behind a DNS server that is silent.
 */
export function shareLookUps(resolver: NameResolver): NameResolver {
  const underWay = new Map<string, Promise<readonly HostAddress[]>>();
  return {
    addressesOf(name) {
      const key = name.toLowerCase();
      const known = underWay.get(key);
      if (known !== undefined) return known;
      const asked = resolver.addressesOf(name).finally(() => underWay.delete(key));
      underWay.set(key, asked);
      return asked;
    },
  };
}

/**
 * The addresses of a host in the order in which they are to be tried: the two families by turns, so that one that does
 * not work is no obstacle to the other (RFC 8305 section 4). A numeric host is its own address.
 *
 * @throws TurnFailure
 */
export async function findAddresses(
  host: string,
  resolver: NameResolver,
  limit: TimeLimit,
): Promise<readonly HostAddress[]> {
  if (isIP(host)) return [{ address: host, family: isIPv6(host) ? "IPv6" : "IPv4" }];
  const found = await limit.race(resolver.addressesOf(host)).catch((error: unknown) => {
    throw limit.over()
      ? new TurnFailure("unresolved", "has a name that is not resolved: the DNS server does not answer")
      : new TurnFailure("unresolved", `has a name that cannot be resolved (${codeOf(error)})`);
  });
  if (found.length === 0) throw new TurnFailure("unresolved", "has a name without any address");
  return byTurns(found);
}

function byTurns(found: readonly HostAddress[]): readonly HostAddress[] {
  const unique = [...new Map(found.map((one) => [one.address, one])).values()];
  const preferred = unique[0]?.family;
  const first = unique.filter(({ family }) => family === preferred);
  const second = unique.filter(({ family }) => family !== preferred);
  return unique
    .flatMap((_, at) => [first[at], second[at]])
    .filter((one): one is HostAddress => one !== undefined);
}
