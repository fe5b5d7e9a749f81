import type { MediaSource, MediaWish } from "../../src/media/media-source.port.ts";
import { type MediaPage, userMedia } from "../../src/media/user-media.browser.ts";

/** The real devices of this browser, with a record of what was asked and what was handed out. */
export interface WatchedMedia {
  readonly source: MediaSource;
  readonly asked: MediaStreamConstraints[];
  readonly tracks: MediaStreamTrack[];
  /** Gives back everything. */
  stop(): void;
}

/** `before` runs ahead of each request; what it throws is the request's failure. */
export function watchedMedia(before: (asked: MediaStreamConstraints) => void = () => {}): WatchedMedia {
  const asked: MediaStreamConstraints[] = [];
  const tracks: MediaStreamTrack[] = [];
  const real = navigator.mediaDevices;
  const devices = {
    enumerateDevices: () => real.enumerateDevices(),
    addEventListener: real.addEventListener.bind(real),
    getUserMedia: async (constraints: MediaStreamConstraints) => {
      asked.push(constraints);
      before(constraints);
      const stream = await real.getUserMedia(constraints);
      tracks.push(...stream.getTracks());
      return stream;
    },
  } as unknown as MediaDevices;
  const page: MediaPage = {
    isSecureContext: true,
    navigator: { mediaDevices: devices, permissions: navigator.permissions },
    document,
  };
  return {
    source: userMedia(page),
    asked,
    tracks,
    stop: () => {
      for (const track of tracks) track.stop();
    },
  };
}

export const both: MediaWish = {
  camera: true,
  microphone: true,
  cameraId: undefined,
  cameraFacing: undefined,
  microphoneId: undefined,
};
export const never = new AbortController().signal;

export const kindsOf = (stream: MediaStream | undefined): string[] =>
  (stream?.getTracks() ?? []).map(({ kind }) => kind).toSorted();
