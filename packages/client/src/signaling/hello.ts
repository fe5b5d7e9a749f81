import { type Hello, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION } from "@serendip/protocol";
import type { Remembered } from "../tab/tab-storage.port.ts";

/** What a tab says first on a new connection (SPEC W1, V1, S7, S10). */
export function helloOf(from: {
  readonly token: string;
  readonly tabId: string;
  readonly remembered: Remembered;
  /** Take the person's place in another tab. */
  readonly force: boolean;
  readonly peerConnection: "alive" | "lost";
  readonly received: { readonly generation: number; readonly count: number } | undefined;
}): Hello {
  const { token, tabId, force, peerConnection, received } = from;
  const { session, ticket, connection } = from.remembered;
  return {
    protocol: MIN_PROTOCOL_VERSION,
    newestProtocol: PROTOCOL_VERSION,
    token,
    tabId,
    ...(connection === undefined ? {} : { connection }),
    ...(force ? { force } : {}),
    ...(session ? { resume: { ...session, peerConnection, ...(received ? { received } : {}) } } : {}),
    ...(ticket ? { ticket } : {}),
  };
}
