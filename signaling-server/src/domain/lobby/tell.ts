import { type ByeCode, byeOf } from "@serendip/protocol";
import type { Notice } from "./command.ts";
import type { Session } from "./session.ts";
import type { Transaction } from "./state.ts";

/** A notice without its address. */
type Message = Notice extends infer Each
  ? Each extends Notice
    ? Pick<Each, "event" | "body">
    : never
  : never;

/** Sends an event to a session's socket; a session without one learns from its next welcome how things are. */
export function tell(tx: Transaction, session: Session, message: Message): void {
  if (session.presence.kind !== "connected") return;
  const { socketId } = session.presence;
  tx.notices.push({ socketId, sessionId: session.sessionId, ...message });
}

/** Tells the session's present socket why it is closed. */
export function sayBye(tx: Transaction, session: Session, code: ByeCode): void {
  tell(tx, session, { event: "bye", body: byeOf(code) });
}
