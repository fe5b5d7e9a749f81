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
  const { picture, sound } = missingOf(partner);
  useAnnouncement(picture);
  useAnnouncement(sound);
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
      {picture && (
        <div className="partner-note">
          <Icon name="person" />
          <p>{picture}</p>
        </div>
      )}
      {sound && (
        <p className="partner-muted">
          <Icon name="microphone-off" />
          {sound}
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

/** Why there is no picture, and why there is no sound, in the words that are both shown and read out. */
function missingOf(partner: PartnerViewProps["partner"]) {
  const { noPicture, pausedPicture, noSound, pausedSound } = PARTNER_VIEW;
  return {
    picture: partner?.camera === false ? (partner.cameraPaused ? pausedPicture : noPicture) : undefined,
    sound: partner?.microphone === false ? (partner.microphonePaused ? pausedSound : noSound) : undefined,
  };
}
