import type { Ahead } from "./ahead.port.ts";
import type { PeerLinks } from "./peer-link.port.ts";

/** Peer connections whose code comes apart from the page's own; `ready` loads it, once. */
export function lazyPeerLinks(load: () => Promise<PeerLinks>): PeerLinks {
  let loaded: PeerLinks | undefined;
  let loading: Promise<PeerLinks> | undefined;
  /** What was wanted ahead last, for links that come later. */
  let newest: Ahead | undefined;

  return {
    ready() {
      loading ??= load().then(
        (links) => {
          loaded = links;
          links.makeAhead(newest);
          return links;
        },
        (error: unknown) => {
          loading = undefined;
          throw error;
        },
      );
      return loading;
    },
    makeAhead(ahead) {
      newest = ahead;
      loaded?.makeAhead(ahead);
    },
    // All three, as simple-peer asks for.
    supported: () =>
      ["RTCPeerConnection", "RTCSessionDescription", "RTCIceCandidate"].every((name) => name in globalThis),
    open(options, handlers) {
      if (!loaded) throw new Error("a connection was opened before its code was there");
      return loaded.open(options, handlers);
    },
  };
}
