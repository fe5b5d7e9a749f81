import { useEffect, useState } from "react";

export interface FullScreen {
  readonly on: boolean;
  /** To be called in a press. */
  readonly toggle: () => void;
}

/** Whether the whole page can fill the screen. On an iPhone it cannot: there only a video element by itself does. */
const canFillScreen = () =>
  document.fullscreenEnabled === true && typeof document.documentElement.requestFullscreen === "function";

const isOn = () => (document.fullscreenElement ?? undefined) !== undefined;

/**
 * The whole page, with its controls and dialogs, on the whole screen; left again when the component goes.
 *
 * @returns undefined where the browser has no such thing, or does not allow it here.
 */
export function useFullScreen(): FullScreen | undefined {
  const [on, setOn] = useState(isOn);

  useEffect(() => {
    const look = () => setOn(isOn());
    document.addEventListener("fullscreenchange", look);
    return () => {
      document.removeEventListener("fullscreenchange", look);
      if (isOn()) leave();
    };
  }, []);

  if (!canFillScreen()) return undefined;
  return { on, toggle: on ? leave : enter };
}

// Refused (no press, or another page is in front): the button stays as it is, and can be pressed again.
function enter(): void {
  document.documentElement.requestFullscreen({ navigationUI: "hide" }).catch(() => {});
}

function leave(): void {
  document.exitFullscreen().catch(() => {});
}
