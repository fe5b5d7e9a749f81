import { endSession } from "./absence.ts";
import type { ShutOut } from "./command.ts";
import type { Session } from "./session.ts";
import type { Transaction } from "./state.ts";
import { sayBye } from "./tell.ts";

const isMeant =
  ({ kind, id }: ShutOut) =>
  ({ userId, deviceGroup }: Session): boolean =>
    (kind === "userId" ? userId : deviceGroup)?.toLowerCase() === id.toLowerCase();

/**
 * Ends the sessions of whom the operator shuts out, those without a socket as well (SPEC S16). Looks at every session: an operator does this
 * one by one.
 */
export function shutOut(tx: Transaction, who: ShutOut): void {
  const { sessions } = tx.lobby;
  for (const session of [...sessions.values()].filter(isMeant(who))) {
    // The end of a room closes its other side where that one is away.
    if (sessions.get(session.sessionId) !== session) continue;
    sayBye(tx, session, "revoked");
    endSession(tx, session, "shut-out");
  }
}
