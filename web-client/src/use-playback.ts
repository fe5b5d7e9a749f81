import { type RefCallback, useCallback, useRef, useState } from "react";
import { keepPlaying, type Playing } from "./keep-playing.ts";

/** A media element that plays a stream with sound as soon as the browser lets it. */
export interface Playback {
  readonly ref: RefCallback<HTMLMediaElement>;
  /** The browser wants a press before there is sound; the picture plays already. */
  readonly soundBlocked: boolean;
  /** To be called in a press. */
  readonly turnOnSound: () => void;
}

/**
 * Plays `stream` in the element that gets `ref`, without sound where the browser refuses autoplay, and again where the
 * system has paused it.
 */
export function usePlayback(stream: MediaStream | undefined): Playback {
  const [blocked, setBlocked] = useState<HTMLMediaElement>();
  const playing = useRef<Playing | undefined>(undefined);

  const ref = useCallback(
    (element: HTMLMediaElement | null) => {
      playing.current?.stop();
      playing.current = undefined;
      if (!element) return;
      const mine = keepPlaying(element, stream, () => {
        setBlocked(element);
        // Not even without sound: then only the press is left.
        if (element.muted) return;
        element.muted = true;
        mine.play();
      });
      playing.current = mine;
    },
    [stream],
  );

  const turnOnSound = useCallback(() => {
    if (!blocked) return;
    blocked.muted = false;
    setBlocked(undefined);
    playing.current?.play();
  }, [blocked]);

  return { ref, soundBlocked: blocked !== undefined && stream !== undefined, turnOnSound };
}
