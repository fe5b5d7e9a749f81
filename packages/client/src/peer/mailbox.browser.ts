import type { PeerHandlers } from "./peer-link.port.ts";

/** Keeps what a link says, in order, until there is somebody to hear it. `onBroken`: it cannot be used any more. */
export function mailbox(onBroken: () => void): {
  readonly handlers: PeerHandlers;
  /** Whom it goes to from now on, a moment later: whoever opens a link does not hold it yet. */
  forwardTo(listener: PeerHandlers): void;
} {
  let listener: PeerHandlers | undefined;
  let kept: readonly ((to: PeerHandlers) => void)[] = [];
  let promised = false;

  const tell = (words: (to: PeerHandlers) => void): void => {
    if (listener) words(listener);
    else kept = [...kept, words];
  };
  const orBreak = (words: (to: PeerHandlers) => void): void => {
    if (promised) tell(words);
    else onBroken();
  };

  return {
    handlers: {
      onSignal: (signal) => tell((to) => to.onSignal(signal)),
      onPath: () => tell((to) => to.onPath()),
      onConnected: () => tell((to) => to.onConnected()),
      onStream: (stream) => tell((to) => to.onStream(stream)),
      onPartnerMedia: (media) => tell((to) => to.onPartnerMedia(media)),
      onInterrupted: () => tell((to) => to.onInterrupted()),
      onPartnerClosed: () => orBreak((to) => to.onPartnerClosed()),
      onWornOut: () => tell((to) => to.onWornOut()),
      onMisused: () => orBreak((to) => to.onMisused()),
      onFailed: (error, by) => orBreak((to) => to.onFailed(error, by)),
    },
    forwardTo(next) {
      promised = true;
      queueMicrotask(() => {
        listener = next;
        for (const words of kept) words(next);
        kept = [];
      });
    },
  };
}
