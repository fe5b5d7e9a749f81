import type { DeviceStatus } from "@serendip/client";
import { SELF_VIEW, selfViewNote } from "../text.ts";
import { useMediaRef } from "../use-media-ref.ts";
import { Icon } from "./icons.tsx";

interface SelfViewProps {
  readonly stream: MediaStream | undefined;
  readonly camera: DeviceStatus;
  readonly microphone: DeviceStatus;
}

/** The person's own picture: mirrored, as in a mirror, and silent. */
export function SelfView({ stream, camera, microphone }: SelfViewProps) {
  const ref = useMediaRef(stream);
  const note = selfViewNote(camera);
  const empty = note !== undefined || stream === undefined;
  const silent = microphone.state === "missing" || !microphone.enabled;
  return (
    <div className="self-view">
      <video ref={ref} aria-label={SELF_VIEW.label} autoPlay playsInline muted disablePictureInPicture />
      {empty && (
        <div className="self-note">
          <Icon name={note === undefined ? "camera" : "camera-off"} />
          <span>{note}</span>
        </div>
      )}
      {silent && (
        <div className="self-muted">
          <Icon name="microphone-off" />
        </div>
      )}
    </div>
  );
}
