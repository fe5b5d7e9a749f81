import type { Cancel } from "@serendip/time";
import type { ChatError } from "../words/chat-error.ts";
import type { DeviceChoice, DeviceStatus } from "../words/chat-snapshot.ts";

/** A camera or microphone: what is wanted of it, what is captured, what is wrong. */
export interface Device {
  enabled: boolean;
  /** The person went on without it. */
  left: boolean;
  wantedId: string | undefined;
  track: MediaStreamTrack | undefined;
  /** Stops listening to the track. */
  forget: () => void;
  problem: ChatError | undefined;
  devices: readonly DeviceChoice[];
  /** A camera that was turned off is about to be given back. */
  givingBack: Cancel | undefined;
  /** The request under way for this device alone. */
  asking: AbortController | undefined;
}

export function newDevice(): Device {
  return {
    enabled: true,
    left: false,
    wantedId: undefined,
    track: undefined,
    forget: () => {},
    problem: undefined,
    devices: [],
    givingBack: undefined,
    asking: undefined,
  };
}

/** Makes `track` the device's, in place of the one before. `onEnded`: it ended by itself. */
export function holdTrack(
  device: Device,
  track: MediaStreamTrack | undefined,
  onEnded: (track: MediaStreamTrack) => void,
): void {
  device.forget();
  device.forget = () => {};
  device.track = track;
  if (!track) return;
  track.enabled = device.enabled;
  const ended = () => onEnded(track);
  track.addEventListener("ended", ended);
  device.forget = () => track.removeEventListener("ended", ended);
}

/** @param active a capture is over, and its tracks have not been released. */
export function statusOf(device: Device, active: boolean): DeviceStatus {
  const { enabled, track, problem, devices, wantedId, left } = device;
  const missing = problem !== undefined || (active && left);
  return {
    enabled,
    state: track ? "live" : missing ? "missing" : "none",
    deviceId: track?.getSettings().deviceId ?? wantedId,
    devices,
    problem,
  };
}

const PLUGGABLE: readonly ChatError["code"][] = ["media-lost", "media-not-found"];

/** Whether a device that has just appeared may be the one that is missing. */
export function isMendedByPlugging({ problem, asking, left }: Device): boolean {
  return problem !== undefined && !asking && !left && PLUGGABLE.includes(problem.code);
}
