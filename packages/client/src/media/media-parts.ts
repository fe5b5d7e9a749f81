import type { MediaKind } from "../words/chat-error.ts";
import type { DeviceChoice } from "../words/chat-snapshot.ts";

export { MEDIA_KINDS } from "../words/chat-error.ts";

const TRACK_KIND = { camera: "video", microphone: "audio" } as const satisfies Record<MediaKind, string>;

/** The stream's track of a kind, of which there is at most one. */
export function trackOf(from: MediaStream | undefined, kind: MediaKind): MediaStreamTrack | undefined {
  return from?.getTracks().find((track) => track.kind === TRACK_KIND[kind]);
}

export function stopAll(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export function isSameList(a: readonly DeviceChoice[], b: readonly DeviceChoice[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ deviceId, label, facing }, index) =>
        deviceId === b[index]?.deviceId && label === b[index]?.label && facing === b[index]?.facing,
    )
  );
}
