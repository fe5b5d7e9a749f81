import type { Ahead } from "./ahead.port.ts";
import { peerError } from "./peer-error.browser.ts";
import type { PeerHandlers, PeerLink, PeerLinks, PeerOptions } from "./peer-link.port.ts";

/** `PeerLinks` whose code comes apart from the page's own. */
export interface LazyPeerLinks extends PeerLinks {
  /** Begins to load it, unless that has begun; may be called again after a failure. */
  prepare(): void;
}

/**
 * Peer connections over links that are loaded on the way. A link that is opened before they are there keeps what it is
 * told, in order, until it exists; where they cannot be loaded, it reports `onFailed`, and the next one tries again.
 */
export function lazyPeerLinks(load: () => Promise<PeerLinks>): LazyPeerLinks {
  let loaded: PeerLinks | undefined;
  let loading: Promise<PeerLinks> | undefined;
  /** What was wanted ahead last, for links that come later. */
  let newest: Ahead | undefined;

  const links = (): Promise<PeerLinks> => {
    loading ??= load().then(
      (those) => {
        loaded = those;
        those.makeAhead(newest);
        return those;
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  };
  const prepare = (): void => void links().catch(() => {});

  return {
    prepare,
    supported() {
      // Whoever asks is about to begin a chat.
      prepare();
      // All three, as simple-peer asks for.
      return ["RTCPeerConnection", "RTCSessionDescription", "RTCIceCandidate"].every(
        (name) => name in globalThis,
      );
    },
    makeAhead(ahead) {
      newest = ahead;
      loaded?.makeAhead(ahead);
    },
    open: (options, handlers) =>
      loaded?.open(options, handlers) ?? waitingSignaling(links(), options, handlers),
  };
}

/** Stands in for a link until there is one. */
function waitingSignaling(links: Promise<PeerLinks>, options: PeerOptions, handlers: PeerHandlers): PeerLink {
  let link: PeerLink | undefined;
  let closed = false;
  let kept: readonly ((link: PeerLink) => void)[] = [];
  const tell = (words: (link: PeerLink) => void): void => {
    if (link) words(link);
    else kept = [...kept, words];
  };

  links
    .then((those) => {
      if (closed) return;
      link = those.open(options, handlers);
      for (const words of kept) words(link);
      kept = [];
    })
    .catch((error: unknown) => {
      if (!closed) handlers.onFailed(peerError(error));
    });

  return {
    signal: (signal) => tell((to) => to.signal(signal)),
    replaceTrack: (kind, previous, next) => tell((to) => to.replaceTrack(kind, previous, next)),
    tellMedia: (media) => tell((to) => to.tellMedia(media)),
    restartIce: (whom) => tell((to) => to.restartIce(whom)),
    pausePicture: () => link?.pausePicture(),
    resumePicture: () => link?.resumePicture(),
    useIceServers: (iceServers) => tell((to) => to.useIceServers(iceServers)),
    read: () => link?.read() ?? Promise.resolve(undefined),
    close() {
      closed = true;
      link?.close();
    },
  };
}
