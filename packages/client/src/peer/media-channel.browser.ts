import { LIMITS, PartnerMedia } from "@serendip/protocol";

/** What two pages tell each other about their media over a data channel (SPEC R9). */
export interface MediaChannel {
  /** Tells the partner, or remembers to once the channel is open. */
  tell(media: PartnerMedia): void;
  channelOpened(): void;
  /** Anything but a word about media is ignored, and so is a partner who talks without end. */
  receive(data: unknown): void;
}

export function mediaChannel(options: {
  readonly channel: () => RTCDataChannel | null | undefined;
  readonly onWord: (media: PartnerMedia) => void;
}): MediaChannel {
  let told: PartnerMedia | undefined;
  let heard = 0;
  const say = (): void => {
    const channel = options.channel();
    if (told && channel?.readyState === "open") channel.send(JSON.stringify(told));
  };
  return {
    tell(media) {
      told = media;
      say();
    },
    channelOpened: say,
    receive(data) {
      if (heard >= LIMITS.partnerMediaWords) return;
      heard += 1;
      const media = readPartnerMedia(data);
      if (media) options.onWord(media);
    },
  };
}

function readPartnerMedia(data: unknown): PartnerMedia | undefined {
  if (typeof data !== "string" || data.length > LIMITS.partnerMediaChars) return undefined;
  try {
    return PartnerMedia.parse(JSON.parse(data));
  } catch {
    return undefined;
  }
}
