import { type RefCallback, useMemo } from "react";
import { keepPlaying } from "./keep-playing.ts";

/**
 * A ref for a `<video>` or `<audio>` element that plays `stream`. React has no property for `srcObject`.
 *
 * @param stream undefined: the element is emptied, so that it does not keep a last picture or hold the stream.
 */
export function useMediaRef(stream: MediaStream | undefined): RefCallback<HTMLMediaElement> {
  return useMemo(() => {
    let playing: { stop(): void } | undefined;
    return (element) => {
      playing?.stop();
      playing = element ? keepPlaying(element, stream, () => {}) : undefined;
    };
  }, [stream]);
}
