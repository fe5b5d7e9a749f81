import { type RefCallback, useCallback, useState } from "react";

/** A media element that plays a stream with sound as soon as the browser lets it. */
export interface Playback {
  readonly ref: RefCallback<HTMLMediaElement>;
  /** The browser wants a press before there is sound; the picture plays already. */
  readonly soundBlocked: boolean;
  /** To be called in a press. */
  readonly turnOnSound: () => void;
}

/** Plays `stream` in the element that gets `ref`, without sound where the browser refuses autoplay. */
export function usePlayback(stream: MediaStream | undefined): Playback {
  const [blocked, setBlocked] = useState<HTMLMediaElement>();

  const ref = useCallback(
    (element: HTMLMediaElement | null) => {
      if (!element) return;
      element.srcObject = stream ?? null;
      let current = true;
      if (stream) {
        element.play().catch((error: unknown) => {
          // Another stream interrupted this one (AbortError), or nothing is playable yet: autoplay takes over.
          if (!current || !(error instanceof DOMException) || error.name !== "NotAllowedError") return;
          element.muted = true;
          setBlocked(element);
          element.play().catch(() => {});
        });
      }
      return () => {
        current = false;
        element.srcObject = null;
      };
    },
    [stream],
  );

  const turnOnSound = useCallback(() => {
    if (!blocked) return;
    blocked.muted = false;
    setBlocked(undefined);
    blocked.play().catch(() => setBlocked(blocked));
  }, [blocked]);

  return { ref, soundBlocked: blocked !== undefined && stream !== undefined, turnOnSound };
}
