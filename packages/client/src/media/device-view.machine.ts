import type { PartnerMedia } from "@serendip/protocol";
import type { MediaKind } from "../words/chat-error.ts";
import type { DeviceChoice, DeviceStatus } from "../words/chat-snapshot.ts";
import { type DeviceState, isPaused, problemOf } from "./device-state.machine.ts";
import type { MediaState } from "./local-media.machine.ts";

/** A device as a page shows it. */
export function statusOfDevice(
  state: MediaState,
  kind: MediaKind,
  devices: readonly DeviceChoice[],
): DeviceStatus {
  const device = state[kind];
  const { enabled, held, choice } = device;
  return {
    enabled,
    state: stateOf(device, state),
    deviceId: held?.deviceId ?? choice.deviceId,
    facing:
      held?.facing ?? devices.find(({ deviceId }) => deviceId === held?.deviceId)?.facing ?? choice.facing,
    devices,
    problem: problemOf(device),
  };
}

function stateOf(device: DeviceState, { use }: MediaState): DeviceStatus["state"] {
  if (device.held) return isPaused(device) ? "paused" : "live";
  return device.problem !== undefined || (use.name === "open" && device.left) ? "missing" : "none";
}

/** A paused device counts as off for a partner whose page does not know the difference. */
export function wordOf({ camera, microphone }: MediaState): PartnerMedia {
  return {
    camera: sends(camera),
    microphone: sends(microphone),
    ...(isPaused(camera) && { cameraPaused: true }),
    ...(isPaused(microphone) && { microphonePaused: true }),
  };
}

/** Whether anything but black or silence can be sent. */
function sends(device: DeviceState): boolean {
  return device.enabled && device.held !== undefined && !isPaused(device);
}
