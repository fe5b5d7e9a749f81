import type { ChatActions, DeviceStatus } from "@serendip/client";
import { SELF_VIEW, selfViewNote } from "../text.ts";
import { useMediaRef } from "../use-media-ref.ts";
import { Icon } from "./icons.tsx";

interface SelfViewProps {
  readonly stream: MediaStream | undefined;
  readonly camera: DeviceStatus;
  readonly microphone: DeviceStatus;
  readonly actions: Pick<ChatActions, "switchCamera">;
}

/** The person's own picture: silent, and mirrored, as in a mirror, unless the camera looks away from them. */
export function SelfView({ stream, camera, microphone, actions }: SelfViewProps) {
  const ref = useMediaRef(stream);
  const note = selfViewNote(camera);
  const empty = note !== undefined || stream === undefined;
  const silent = microphone.state === "missing" || microphone.state === "paused" || !microphone.enabled;
  return (
    <div className="self-view" data-facing={camera.facing}>
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
      {canSwitch(camera) && (
        <button type="button" className="self-switch" onClick={actions.switchCamera}>
          <Icon name="switch-camera" />
          <span className="visually-hidden">{SELF_VIEW.switchCamera}</span>
        </button>
      )}
    </div>
  );
}

/** Whether there is a camera that looks the other way; one of several at a desk is chosen in the settings. */
function canSwitch({ enabled, state, facing, devices }: DeviceStatus): boolean {
  if (!enabled || (state !== "live" && state !== "paused")) return false;
  const facings = new Set([facing, ...devices.map((device) => device.facing)]);
  facings.delete(undefined);
  if (facings.size > 1) return true;
  // Some phones name the side of the camera in use only.
  return facing !== undefined && devices.length > 1 && devices.every((device) => device.facing === undefined);
}
