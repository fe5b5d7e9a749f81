import { type Hello, MIN_PROTOCOL_VERSION, PROTOCOL_VERSION } from "@serendip/protocol";
import type { TabMemory } from "../tab/tab-memory.ts";
import type { Remembered } from "../tab/tab-storage.port.ts";

/** Where a tab's hellos come from. */
export interface HelloSource {
  readonly memory: Pick<TabMemory, "current" | "note">;
  /** Whether there is a peer connection at this moment. */
  readonly peerConnection: () => "alive" | "lost";
  /** The signals that have come, where a missing one would keep the call from being made. */
  readonly received: () => { readonly generation: number; readonly count: number } | undefined;
}

/** Each hello has a number of its own, noted before anything is sent: no later one of this tab can have the same (SPEC S10). */
export function nextHello(
  { memory, peerConnection, received }: HelloSource,
  who: { readonly tabId: string; readonly token: string; readonly force: boolean },
): Hello {
  memory.note({ connection: (memory.current().connection ?? 0) + 1 });
  return helloOf({
    ...who,
    remembered: memory.current(),
    peerConnection: peerConnection(),
    received: received(),
  });
}

/** What a tab says first on a new connection (SPEC W1, V1, S7, S10). */
function helloOf(from: {
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
    cumulativeAcks: true,
  };
}
