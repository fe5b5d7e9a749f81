import type { ChatSnapshot } from "@serendip/client";
import { PARTNER_VIEW } from "../text.ts";
import { focusHeading } from "../use-focus-rescue.ts";
import { usePlayback } from "../use-playback.ts";
import { useAnnouncement } from "./announcements.tsx";
import { Icon } from "./icons.tsx";

interface PartnerViewProps {
  readonly stream: MediaStream | undefined;
  /** Undefined: there is no partner. */
  readonly partner: ChatSnapshot["partner"] | undefined;
}

/** The partner's picture and sound. The element stays mounted between partners: a browser that allowed sound once keeps to it. */
export function PartnerView({ stream, partner }: PartnerViewProps) {
  const { ref, soundBlocked, turnOnSound } = usePlayback(stream);
  useAnnouncement(partner?.camera === false ? PARTNER_VIEW.noPicture : undefined);
  useAnnouncement(partner?.microphone === false ? PARTNER_VIEW.noSound : undefined);
  useAnnouncement(soundBlocked ? PARTNER_VIEW.soundBlockedNews : undefined);
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
      {partner?.camera === false && (
        <div className="partner-note">
          <Icon name="person" />
          <p>{partner.cameraPaused ? PARTNER_VIEW.pausedPicture : PARTNER_VIEW.noPicture}</p>
        </div>
      )}
      {partner?.microphone === false && (
        <p className="partner-muted">
          <Icon name="microphone-off" />
          {partner.microphonePaused ? PARTNER_VIEW.pausedSound : PARTNER_VIEW.noSound}
        </p>
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
