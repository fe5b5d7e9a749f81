import type { Log } from "../words/log.ts";
import type { SignalingState } from "./signaling-state.machine.ts";

/**
 * Says in fixed phrases, which people search for, that the page connects and when it will renew its token. An attempt begins with
 * a WebSocket, where nothing speaks against it.
 */
export function sayPlans(
  log: Log,
  change: { readonly state: SignalingState; readonly previous: SignalingState; readonly now: number },
): void {
  const { at } = change.state;
  const { at: before } = change.previous;
  if (at.name === "connecting" && (before.name !== "connecting" || before.id !== at.id))
    log.info("WebSocket connect called", { attempt: at.attempt });
  if (at.name !== "online" || at.token.step !== "planned") return;
  if (before.name === "online" && before.token === at.token) return;
  log.info("Scheduling WebSocket token refresh", { inMs: at.token.at - change.now });
}
