/** More pauses than this, so close together, are not a passing interruption: then only a press or the page's return helps. */
const TRIES = { times: 3, withinMs: 10_000 } as const;

export interface Playing {
  /** For a press. */
  play(): void;
  stop(): void;
}

/**
 * Plays `stream` in `element` (undefined: empties it), and again when something but the page has paused it: systems do so for phone calls, for
 * other sounds and for hidden pages, and do not always play it again (w3c/mediacapture-main issue 869).
 *
 * @param onRefused the browser wants a press first, or pauses it again and again; nothing is tried any more until then
 */
export function keepPlaying(
  element: HTMLMediaElement,
  stream: MediaStream | undefined,
  onRefused: () => void,
): Playing {
  const calls = new AbortController();
  let tries: readonly number[] = [];

  const play = (): void => {
    element.play().catch((error: unknown) => {
      // Another stream interrupted this one (AbortError), or nothing is playable yet: autoplay takes over.
      if (calls.signal.aborted || !(error instanceof DOMException) || error.name !== "NotAllowedError")
        return;
      onRefused();
    });
  };
  const paused = ({ timeStamp }: Event): void => {
    // Hidden pages may have to pause, and come back; a stream without tracks has nothing to play.
    if (document.visibilityState === "hidden" || stream?.active === false) return;
    tries = [...tries.filter((at) => timeStamp - at < TRIES.withinMs), timeStamp];
    if (tries.length > TRIES.times) onRefused();
    else play();
  };
  const shown = (): void => {
    if (document.visibilityState === "hidden" || !element.paused) return;
    tries = [];
    play();
  };

  element.srcObject = stream ?? null;
  if (!stream) return { play: () => {}, stop: () => {} };
  element.addEventListener("pause", paused, { signal: calls.signal });
  document.addEventListener("visibilitychange", shown, { signal: calls.signal });
  window.addEventListener("pageshow", shown, { signal: calls.signal });
  play();
  return {
    play() {
      tries = [];
      play();
    },
    stop() {
      calls.abort();
      element.srcObject = null;
    },
  };
}
