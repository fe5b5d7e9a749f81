import { MEDIA_KINDS } from "../media/media-parts.ts";
import type { Capture, MediaSource, MediaWish } from "../media/media-source.port.ts";
import { type ChatError, type ChatErrorCode, chatError, type MediaKind } from "../words/chat-error.ts";
import type { CameraFacing, DeviceChoice } from "../words/chat-snapshot.ts";

/** How camera and microphone behave; read at each request, so that a test can change it on the way. */
export interface MediaBehaviour {
  readonly camera: ChatErrorCode | "works";
  readonly microphone: ChatErrorCode | "works";
  /** `never`: the browser's question stays open until somebody answers it. */
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

/** A track that only knows whether it lives, and whether the system lets anything of it through. */
export class FakeTrack extends EventTarget {
  readonly kind: "video" | "audio";
  readonly label: string;
  readonly facing: CameraFacing | undefined;
  enabled = true;
  muted = false;
  readyState: "live" | "ended" = "live";

  constructor(kind: "video" | "audio", label: string, facing?: CameraFacing) {
    super();
    this.kind = kind;
    this.label = label;
    this.facing = facing;
  }

  stop(): void {
    this.readyState = "ended";
  }

  getSettings(): { deviceId: string; facingMode?: string } {
    return { deviceId: this.label, ...(this.facing && { facingMode: this.facing }) };
  }

  /** As when the system takes the device away for a while, and gives it back. */
  mute(muted: boolean): void {
    if (this.muted === muted || this.readyState === "ended") return;
    this.muted = muted;
    this.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  }

  /** As when the device is unplugged. */
  end(): void {
    if (this.readyState === "ended") return;
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

  getVideoTracks(): FakeTrack[] {
    return this.getTracks().filter(({ kind }) => kind === "video");
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
  /** The page is gone: its questions are, and nothing is told to it any more. */
  unload(): void;
  /** The person answers the questions that are open; false: there was none. */
  answer(): boolean;
  /** New tracks are muted from the start. */
  mutesNew: boolean;
  /** What the browser says from now on, and tells whoever listens. */
  permit(permission: PermissionState): void;
  /** The person sees the page, or does not. */
  show(visible: boolean): void;
}

const fault = (code: ChatErrorCode, device: MediaKind): ChatError =>
  chatError({ code, severity: "degraded", action: "try-again", device });

const isLiveVideo = ({ kind, readyState }: FakeTrack): boolean => kind === "video" && readyState === "live";

export function fakeMedia(behaviour: MediaBehaviour = MEDIA_GRANTED): FakeMedia {
  const tracks: FakeTrack[] = [];
  const wishes: MediaWish[] = [];
  const listeners = new Set<() => void>();
  const permissionListeners = new Set<(kind: MediaKind) => void>();
  const viewers = new Set<(visible: boolean) => void>();
  const open = new Set<() => void>();
  let visible = true;

  const capture = (wish: MediaWish, now: MediaBehaviour): Capture => {
    const got: FakeTrack[] = [];
    const problems: { camera?: ChatError; microphone?: ChatError } = {};
    const ask = (kind: MediaKind, wished: boolean, id: string | undefined, facing?: CameraFacing) => {
      if (!wished) return;
      const name = id ?? (facing === "environment" ? "back" : kind);
      const second = kind === "camera" && media.oneCameraAtATime && tracks.some(isLiveVideo);
      const answer = second || media.taken.includes(name) ? "media-in-use" : now[kind];
      const known = media.choices[kind].find(({ deviceId }) => deviceId === name)?.facing;
      const track = new FakeTrack(kind === "camera" ? "video" : "audio", name, known ?? facing);
      track.muted = media.mutesNew;
      if (answer === "works") got.push(track);
      else problems[kind] = fault(answer, kind);
    };
    ask("camera", wish.camera, wish.cameraId, wish.cameraFacing);
    ask("microphone", wish.microphone, wish.microphoneId);
    tracks.push(...got);
    return { stream: got.length > 0 ? fakeStream(got) : undefined, problems };
  };

  const media: FakeMedia = {
    behaviour,
    choices: { camera: [], microphone: [] },
    permissions: "granted",
    taken: [],
    mutesNew: false,
    oneCameraAtATime: false,
    tracks,
    wishes,
    liveTracks: () => tracks.filter(({ readyState }) => readyState === "live").length,
    listeners: () => listeners.size + permissionListeners.size + viewers.size,
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
        else {
          const answer = () => resolve(signal.aborted ? nothing : capture(wish, media.behaviour));
          open.add(answer);
          signal.addEventListener("abort", () => {
            open.delete(answer);
            resolve(nothing);
          });
        }
      });
    },
    unload() {
      for (const ofPage of [listeners, permissionListeners, viewers, open]) ofPage.clear();
    },
    answer() {
      const answers = [...open];
      open.clear();
      for (const run of answers) run();
      return answers.length > 0;
    },
    permit(permission) {
      media.permissions = permission;
      for (const run of [...permissionListeners]) for (const kind of MEDIA_KINDS) run(kind);
    },
    show(next) {
      visible = next;
      for (const run of [...viewers]) run(visible);
    },
    onPermissionChanged(run) {
      permissionListeners.add(run);
      return () => permissionListeners.delete(run);
    },
    onVisible(run) {
      viewers.add(run);
      run(visible);
      return () => viewers.delete(run);
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
