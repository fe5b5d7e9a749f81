import { useCallback, useSyncExternalStore } from "react";
import { PARTNER_VIEW } from "../text.ts";
import { focusHeading } from "../use-focus-rescue.ts";
import { usePlayback } from "../use-playback.ts";
import { Icon } from "./icons.tsx";

/** The partner's picture and sound. The element stays mounted between partners: a browser that allowed sound once keeps to it. */
export function PartnerView({ stream }: { readonly stream: MediaStream | undefined }) {
  const { ref, soundBlocked, turnOnSound } = usePlayback(stream);
  const hasPicture = useHasPicture(stream);
  const press = () => {
    turnOnSound();
    // The button goes away now, and the focus with it.
    focusHeading();
  };
  return (
    <>
      <video
        ref={ref}
        className="partner-video"
        aria-label={PARTNER_VIEW.label}
        autoPlay
        playsInline
        hidden={stream === undefined}
      />
      {stream !== undefined && !hasPicture && (
        <div className="partner-note">
          <Icon name="person" />
          <p>{PARTNER_VIEW.noPicture}</p>
        </div>
      )}
      {soundBlocked && (
        <div className="sound-blocked">
          <button type="button" className="primary" onClick={press}>
            <Icon name="sound" />
            {PARTNER_VIEW.turnOnSound}
          </button>
          <p>{PARTNER_VIEW.soundBlocked}</p>
        </div>
      )}
    </>
  );
}

// A partner may join without a camera, and tracks may come and go within one stream.
function useHasPicture(stream: MediaStream | undefined): boolean {
  const subscribe = useCallback(
    (run: () => void) => {
      stream?.addEventListener("addtrack", run);
      stream?.addEventListener("removetrack", run);
      return () => {
        stream?.removeEventListener("addtrack", run);
        stream?.removeEventListener("removetrack", run);
      };
    },
    [stream],
  );
  const hasVideoTrack = () => (stream?.getVideoTracks().length ?? 0) > 0;
  return useSyncExternalStore(subscribe, hasVideoTrack, () => false);
}
