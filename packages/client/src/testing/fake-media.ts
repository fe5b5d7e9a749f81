import type { Capture, MediaSource, MediaWish } from "../media/media-source.port.ts";
import type { ChatError, ChatErrorCode, MediaKind } from "../words/chat-error.ts";
import type { DeviceChoice } from "../words/chat-snapshot.ts";

/** How camera and microphone behave; read at each request, so that a test can change it on the way. */
export interface MediaBehaviour {
  readonly camera: ChatErrorCode | "works";
  readonly microphone: ChatErrorCode | "works";
  /** `never`: the browser's question stays open. */
  readonly answers: "at-once" | "never";
}

export const MEDIA_GRANTED: MediaBehaviour = { camera: "works", microphone: "works", answers: "at-once" };
export const MEDIA_DENIED: MediaBehaviour = {
  camera: "media-denied",
  microphone: "media-denied",
  answers: "at-once",
};
export const MEDIA_HANGS: MediaBehaviour = { ...MEDIA_GRANTED, answers: "never" };
export const NO_CAMERA: MediaBehaviour = { ...MEDIA_GRANTED, camera: "media-not-found" };
export const NO_DEVICES: MediaBehaviour = {
  camera: "media-not-found",
  microphone: "media-not-found",
  answers: "at-once",
};

/** A track that only knows whether it lives. */
export class FakeTrack extends EventTarget {
  readonly kind: "video" | "audio";
  readonly label: string;
  enabled = true;
  readyState: "live" | "ended" = "live";

  constructor(kind: "video" | "audio", label: string) {
    super();
    this.kind = kind;
    this.label = label;
  }

  stop(): void {
    this.readyState = "ended";
  }

  getSettings(): { deviceId: string } {
    return { deviceId: this.label };
  }

  /** As when the device is unplugged. */
  end(): void {
    this.readyState = "ended";
    this.dispatchEvent(new Event("ended"));
  }
}

class FakeStream {
  private readonly tracks: Set<FakeTrack>;

  constructor(tracks: readonly FakeTrack[]) {
    this.tracks = new Set(tracks);
  }

  getTracks(): FakeTrack[] {
    return [...this.tracks];
  }

  addTrack(track: FakeTrack): void {
    this.tracks.add(track);
  }

  removeTrack(track: FakeTrack): void {
    this.tracks.delete(track);
  }
}

/** A stream of fake tracks, as the DOM's type: the engine uses no more of it than these have. */
export function fakeStream(tracks: readonly FakeTrack[] = []): MediaStream {
  return new FakeStream(tracks) as unknown as MediaStream;
}

export interface FakeMedia extends MediaSource {
  behaviour: MediaBehaviour;
  choices: Record<MediaKind, readonly DeviceChoice[]>;
  /** Every track that was ever captured, the newest last. */
  readonly tracks: readonly FakeTrack[];
  readonly wishes: readonly MediaWish[];
  /** What the browser says about the permission of either device. */
  permissions: PermissionState | undefined;
  /** Devices that another app has taken. */
  taken: readonly string[];
  /** As on a phone: no second camera while the first one is captured. */
  oneCameraAtATime: boolean;
  liveTracks(): number;
  listeners(): number;
  plugIn(kind: MediaKind): void;
}

const fault = (code: ChatErrorCode, device: MediaKind): ChatError => ({
  code,
  severity: "degraded",
  action: "try-again",
  device,
});

const isLiveVideo = ({ kind, readyState }: FakeTrack): boolean => kind === "video" && readyState === "live";

export function fakeMedia(behaviour: MediaBehaviour = MEDIA_GRANTED): FakeMedia {
  const tracks: FakeTrack[] = [];
  const wishes: MediaWish[] = [];
  const listeners = new Set<() => void>();

  const capture = (wish: MediaWish, now: MediaBehaviour): Capture => {
    const got: FakeTrack[] = [];
    const problems: { camera?: ChatError; microphone?: ChatError } = {};
    const ask = (kind: MediaKind, wished: boolean, id: string | undefined) => {
      if (!wished) return;
      const name = id ?? kind;
      const second = kind === "camera" && media.oneCameraAtATime && tracks.some(isLiveVideo);
      const answer = second || media.taken.includes(name) ? "media-in-use" : now[kind];
      if (answer === "works") got.push(new FakeTrack(kind === "camera" ? "video" : "audio", name));
      else problems[kind] = fault(answer, kind);
    };
    ask("camera", wish.camera, wish.cameraId);
    ask("microphone", wish.microphone, wish.microphoneId);
    tracks.push(...got);
    return { stream: got.length > 0 ? fakeStream(got) : undefined, problems };
  };

  const media: FakeMedia = {
    behaviour,
    choices: { camera: [], microphone: [] },
    permissions: "granted",
    taken: [],
    oneCameraAtATime: false,
    tracks,
    wishes,
    liveTracks: () => tracks.filter(({ readyState }) => readyState === "live").length,
    listeners: () => listeners.size,
    plugIn(kind) {
      media.behaviour = { ...media.behaviour, [kind]: "works" };
      media.choices = { ...media.choices, [kind]: [{ deviceId: `new-${kind}`, label: `New ${kind}` }] };
      for (const run of [...listeners]) run();
    },
    capture(wish, signal) {
      wishes.push(wish);
      const now = media.behaviour;
      return new Promise((resolve) => {
        const nothing: Capture = { stream: undefined, problems: {} };
        if (now.answers === "at-once") resolve(signal.aborted ? nothing : capture(wish, now));
        else signal.addEventListener("abort", () => resolve(nothing));
      });
    },
    permission: () => Promise.resolve(media.permissions),
    devices: () => Promise.resolve(media.choices),
    onDevicesChanged(run) {
      listeners.add(run);
      return () => listeners.delete(run);
    },
  };
  return media;
}
