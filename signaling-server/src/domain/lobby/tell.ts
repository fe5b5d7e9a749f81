import { type ByeCode, byeOf } from "@serendip/protocol";
import type { Notice } from "./command.ts";
import type { Session } from "./session.ts";
import type { Transaction } from "./state.ts";

/** What a notice says, without its address. */
type Message = Notice extends infer Each
  ? Each extends Notice
    ? Pick<Each, "event" | "body">
    : never
  : never;

/** Says something to whoever is there; a person without a socket learns it from the next welcome. */
export function tell(tx: Transaction, session: Session, message: Message): void {
  if (session.presence.kind !== "connected") return;
  const { socketId } = session.presence;
  tx.notices.push({ socketId, sessionId: session.sessionId, ...message });
}

/** The last word to the session's present socket. */
export function sayBye(tx: Transaction, session: Session, code: ByeCode): void {
  tell(tx, session, { event: "bye", body: byeOf(code) });
}
