import { BYE_POLICY, type ByeCode } from "@serendip/protocol";
import type { Notice } from "./command.ts";
import type { Turn } from "./lobby.ts";
import type { Session } from "./session.ts";

/** What a notice says, without its address. */
type Message = Notice extends infer Each
  ? Each extends Notice
    ? Pick<Each, "event" | "body">
    : never
  : never;

/** Says something to whoever is there; a person without a socket learns it from the next welcome. */
export function tell(turn: Turn, session: Session, message: Message): void {
  if (session.presence.kind !== "connected") return;
  const { socketId } = session.presence;
  turn.notices.push({ socketId, sessionId: session.sessionId, ...message });
}

/** The last word to the session's present socket. */
export function sayBye(turn: Turn, session: Session, code: ByeCode): void {
  tell(turn, session, { event: "bye", body: { code, reconnect: BYE_POLICY[code].reconnect } });
}
