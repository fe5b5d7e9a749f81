import type { Clock } from "@serendip/time";
import type { RevocationKey, Revocations } from "../ports/identity.ts";

/** Revocations that are remembered. An operator makes them one by one; a script that makes more is told to stop. */
const MOST_REVOCATIONS = 10_000;

/** Remembers whom the operator has shut out in this process, so that a restart forgets them. */
export function memoryRevocations(clock: Pick<Clock, "now">, limit = MOST_REVOCATIONS): Revocations {
  const byName = new Map<string, { readonly key: RevocationKey; readonly until: number }>();
  const followers: ((key: RevocationKey) => void)[] = [];
  // Ids are compared as they are written in tokens, and UUIDs are the same in capitals.
  const nameOf = ({ kind, id }: RevocationKey) => `${kind} ${id.toLowerCase()}`;

  const isListed = (key: RevocationKey): boolean => {
    const found = byName.get(nameOf(key));
    return found !== undefined && found.until > clock.now();
  };
  const dropEnded = (): void => {
    for (const [name, { until }] of byName) if (until <= clock.now()) byName.delete(name);
  };

  return {
    async add(key, forMs) {
      dropEnded();
      if (byName.size >= limit && !byName.has(nameOf(key))) return false;
      byName.set(nameOf(key), { key, until: clock.now() + forMs });
      for (const onAdded of followers) onAdded(key);
      return true;
    },
    async remove(key) {
      const wasListed = isListed(key);
      byName.delete(nameOf(key));
      return wasListed;
    },
    async list() {
      dropEnded();
      return [...byName.values()].map(({ key, until }) => ({ ...key, endsInMs: until - clock.now() }));
    },
    async has({ userId, deviceGroup }) {
      if (byName.size === 0) return false;
      return (
        isListed({ kind: "userId", id: userId }) ||
        (deviceGroup !== undefined && isListed({ kind: "deviceGroup", id: deviceGroup }))
      );
    },
    follow: (onAdded) => void followers.push(onAdded),
  };
}
