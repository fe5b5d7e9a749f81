import { FULL_SCREEN } from "../text.ts";
import { useFullScreen } from "../use-full-screen.ts";
import { Icon } from "./icons.tsx";

/** Not there where the browser cannot do it. Who is in full screen can leave it, offered or not. */
export function FullScreenButton({ offered }: { readonly offered: boolean }) {
  const fullScreen = useFullScreen();
  if (!fullScreen || !(offered || fullScreen.on)) return undefined;
  const name = fullScreen.on ? FULL_SCREEN.leave : FULL_SCREEN.enter;
  return (
    <button type="button" className="full-screen" aria-label={name} title={name} onClick={fullScreen.toggle}>
      <Icon name={fullScreen.on ? "full-screen-off" : "full-screen"} />
    </button>
  );
}
