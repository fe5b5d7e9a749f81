import { LIMITS, PartnerMedia } from "@serendip/protocol";
import { createBudget } from "@serendip/time";

/** What two pages tell each other about their media over a data channel (SPEC R9). */
export interface MediaChannel {
  /** Tells the partner, or remembers to once the channel is open. */
  tell(media: PartnerMedia): void;
  channelOpened(): void;
  /** Anything but a word about media is ignored. */
  receive(data: unknown): void;
}

export function mediaChannel(options: {
  readonly channel: () => RTCDataChannel | null | undefined;
  readonly onWord: (media: PartnerMedia) => void;
  /** The partner talks without end: even to ignore that takes time (SPEC R18). */
  readonly onTooMuch: () => void;
}): MediaChannel {
  let told: PartnerMedia | undefined;
  const words = createBudget({ burst: LIMITS.partnerMediaWords, perSecond: 1 });
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
      if (!words.spend(1, performance.now())) {
        options.onTooMuch();
        return;
      }
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
