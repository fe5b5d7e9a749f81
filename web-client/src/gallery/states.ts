import type { ChatError, ChatErrorCode, ChatSnapshot, ChatStatus, RecoveryAction } from "@serendip/client";
import { IDLE_SNAPSHOT } from "../chat-store.ts";
import type { StateName } from "./state-names.ts";

/** The streams to show; made only where there is a DOM. */
export interface Pictures {
  readonly self: MediaStream | undefined;
  readonly partner: MediaStream | undefined;
  readonly partnerWithoutCamera: MediaStream | undefined;
}

/** What the gallery's standing clock reads. */
export const GALLERY_NOW = 1_000_000_000;
const now = GALLERY_NOW;
const ROOM = "room-of-the-gallery";

/** The snapshot of a state. */
export function snapshotOf(name: StateName, pictures: Pictures): ChatSnapshot {
  return { ...IDLE_SNAPSHOT, ...changesOf(name, pictures) };
}

function changesOf(
  name: StateName,
  { self, partner, partnerWithoutCamera }: Pictures,
): Partial<ChatSnapshot> {
  const online = { signaling: { state: "online" }, localStream: self, ...DEVICES } as const;
  const call = {
    ...online,
    status: { phase: "connected", since: now, roomId: ROOM },
    remoteStream: partner,
  } as const;
  const searching = (sinceS: number, waiting: number, everybody: number): ChatStatus => ({
    phase: "searching",
    since: now - sinceS * 1_000,
    crowd: { online: everybody, waiting },
  });
  switch (name) {
    case "home":
      return {};
    case "home-camera-off":
      return { camera: { ...IDLE_SNAPSHOT.camera, enabled: false } };
    case "requesting-media":
      return { status: { phase: "requesting-media", since: now } };
    case "requesting-media-long":
      return { status: { phase: "requesting-media", since: now - 12_000 } };
    case "searching":
      return { ...online, status: searching(2, 1, 12) };
    case "searching-long":
      return { ...online, status: searching(75, 3, 12) };
    case "searching-alone":
      return { ...online, status: searching(14, 1, 1) };
    case "searching-no-camera":
      return {
        ...online,
        status: searching(3, 1, 12),
        localStream: undefined,
        camera: { ...DEVICES.camera, state: "missing", devices: [], deviceId: undefined },
        problem: { code: "media-not-found", severity: "degraded", action: "join-without", device: "camera" },
      };
    case "searching-after-failures":
      return {
        ...online,
        status: searching(5, 1, 12),
        problem: { code: "peer-timeout", severity: "degraded", action: "wait" },
      };
    case "searching-only-two":
      return {
        ...online,
        status: searching(9, 2, 2),
        problem: { code: "peer-failed", severity: "degraded", action: "try-again" },
      };
    case "server-unreachable":
      return {
        ...online,
        status: { phase: "searching", since: now - 20_000, crowd: undefined },
        signaling: { state: "offline", retryAt: now + 14_000 },
        problem: { code: "server-unreachable", severity: "degraded", action: "retry-now" },
      };
    case "connecting":
      return { ...online, status: { phase: "connecting", since: now, roomId: ROOM } };
    case "connecting-slow":
      return { ...online, status: { phase: "connecting", since: now - 9_000, roomId: ROOM } };
    case "connected":
    case "settings":
    case "sound-blocked":
      return call;
    case "connected-muted":
      return {
        ...call,
        camera: { ...DEVICES.camera, enabled: false },
        microphone: { ...DEVICES.microphone, enabled: false },
      };
    case "connected-partner-without-camera":
      return { ...call, remoteStream: partnerWithoutCamera, partner: { camera: false, microphone: true } };
    case "connected-partner-muted":
      return { ...call, partner: { camera: true, microphone: false } };
    case "connected-server-lost":
      return {
        ...call,
        signaling: { state: "offline", retryAt: now + 9_000 },
      };
    case "connected-camera-lost":
      return {
        ...call,
        localStream: undefined,
        camera: { ...DEVICES.camera, state: "missing" },
        problem: { code: "media-lost", severity: "degraded", action: "choose-device", device: "camera" },
      };
    case "reconnecting-media":
    case "reconnecting-partner": {
      const cause = name === "reconnecting-media" ? "media" : "partner";
      return {
        ...call,
        status: { phase: "reconnecting", since: now, until: now + 8_000, roomId: ROOM, cause },
      };
    }
    case "partner-left":
      return { ...online, status: { phase: "partner-left", reason: "left", nextAt: now + 3_000 } };
    case "partner-moved-on":
      return { ...online, status: { phase: "partner-left", reason: "next", nextAt: now + 2_000 } };
    default:
      return failed(name.slice("problem-".length) as ChatErrorCode);
  }
}

const DEVICES = {
  camera: {
    enabled: true,
    state: "live",
    deviceId: "camera-1",
    devices: [
      { deviceId: "camera-1", label: "Integrated camera" },
      { deviceId: "camera-2", label: "USB webcam" },
    ],
    problem: undefined,
  },
  microphone: {
    enabled: true,
    state: "live",
    deviceId: "microphone-1",
    devices: [{ deviceId: "microphone-1", label: "Built-in microphone" }],
    problem: undefined,
  },
} as const satisfies Pick<ChatSnapshot, "camera" | "microphone">;

const ACTIONS: Partial<Record<ChatErrorCode, RecoveryAction>> = {
  "media-unsupported": "none",
  "media-insecure": "none",
  "media-denied-by-policy": "none",
  "media-not-found": "join-without",
  "media-overconstrained": "choose-device",
  "server-busy": "wait",
  "session-replaced": "use-here",
  "version-mismatch": "reload",
  "peer-unsupported": "none",
  "peer-failed": "next",
};

const DEVICE: Partial<Record<ChatErrorCode, ChatError["device"]>> = {
  "media-not-found": "camera",
  "media-in-use": "camera",
  "media-overconstrained": "camera",
  "media-aborted": "microphone",
};

function failed(code: ChatErrorCode): Partial<ChatSnapshot> {
  const device = DEVICE[code];
  const error: ChatError = {
    code,
    severity: "fatal",
    action: ACTIONS[code] ?? "try-again",
    ...(device && { device }),
  };
  return { status: { phase: "failed", error }, problem: error };
}
