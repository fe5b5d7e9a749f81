import { FULL_SCREEN } from "../text.ts";
import { useFullScreen } from "../use-full-screen.ts";
import { Icon } from "./icons.tsx";

/** Lies on the picture; not there where the browser cannot do it. */
export function FullScreenButton() {
  const fullScreen = useFullScreen();
  if (!fullScreen) return undefined;
  const name = fullScreen.on ? FULL_SCREEN.leave : FULL_SCREEN.enter;
  return (
    <button type="button" className="full-screen" aria-label={name} title={name} onClick={fullScreen.toggle}>
      <Icon name={fullScreen.on ? "full-screen-off" : "full-screen"} />
    </button>
  );
}
