import { byeOf } from "@serendip/protocol";
import type { Identity, RevocationKey, Revocations } from "../../ports/identity.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { SocketCourier } from "./courier.ts";

interface LivePerson {
  readonly identity: Identity;
  /** The network that the connection comes from, as it may be shown. */
  readonly network: string;
  readonly connectedAt: number;
  /** Undefined before the welcome. */
  readonly sessionId: () => string | undefined;
}

/** A socket as an operator may see it: no address, no id of a person. */
export interface SocketSummary {
  /** Undefined before the welcome. */
  readonly sessionId: string | undefined;
  readonly network: string;
  readonly connectedAt: string;
}

/** Who is connected here. */
export interface LivePeople {
  add(socketId: string, person: LivePerson): void;
  remove(socketId: string): void;
  /** The sockets, those that were connected first before the others, `limit` at most. */
  sockets(limit: number): readonly SocketSummary[];
}

const isMeant = ({ kind, id }: RevocationKey, { userId, deviceGroup }: Identity): boolean =>
  (kind === "userId" ? userId : deviceGroup)?.toLowerCase() === id.toLowerCase();

/** Knows who is connected, and says bye at once to whom the operator shuts out (SPEC S16). */
export function createLivePeople(
  revocations: Pick<Revocations, "has" | "follow">,
  courier: Pick<SocketCourier, "dismiss">,
  lobby: Pick<Lobby, "shutOut">,
): LivePeople {
  const people = new Map<string, LivePerson>();
  const dismiss = (socketId: string) => courier.dismiss(socketId, byeOf("revoked"));

  revocations.follow((key) => {
    for (const [socketId, { identity }] of people) if (isMeant(key, identity)) dismiss(socketId);
    // Who has lost the connection still has a room or a place in the queue.
    void lobby.shutOut(key);
  });

  return {
    add(socketId, person) {
      people.set(socketId, person);
      // A revocation may have come between the check of the token and this moment.
      revocations.has(person.identity).then(
        (isRevoked) => {
          if (isRevoked) dismiss(socketId);
        },
        () => undefined,
      );
    },
    remove: (socketId) => void people.delete(socketId),
    sockets: (limit) =>
      [...people.values()].slice(0, limit).map(({ sessionId, network, connectedAt }) => ({
        sessionId: sessionId(),
        network,
        connectedAt: new Date(connectedAt).toISOString(),
      })),
  };
}
