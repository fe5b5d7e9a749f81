import {
  type CallQuality,
  type ChatError,
  type ChatErrorCode,
  type ChatSnapshot,
  chatError,
  type HealthCode,
  type HealthItem,
  type HealthReport,
  type IceStatus,
  type RecoveryAction,
} from "@serendip/client";

/** What the gallery's standing clock reads. */
export const GALLERY_NOW = 1_000_000_000;

export const DEVICES = {
  camera: {
    enabled: true,
    state: "live",
    facing: undefined,
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
    facing: undefined,
    deviceId: "microphone-1",
    devices: [{ deviceId: "microphone-1", label: "Built-in microphone" }],
    problem: undefined,
  },
} as const satisfies Pick<ChatSnapshot, "camera" | "microphone">;

export const PHONE_CAMERA: ChatSnapshot["camera"] = {
  ...DEVICES.camera,
  deviceId: "front",
  facing: "user",
  devices: [
    { deviceId: "front", label: "Front camera", facing: "user" },
    { deviceId: "back", label: "Back camera", facing: "environment" },
  ],
};

export const GOOD: CallQuality = {
  level: "good",
  lossPercent: 0.2,
  roundTripMs: 38,
  inKbps: 1_240,
  outKbps: 980,
  route: "direct",
};

export const POOR: CallQuality = {
  level: "poor",
  lossPercent: 8.4,
  roundTripMs: 310,
  inKbps: 210,
  outKbps: 180,
  route: "relayed",
};

export const STUN_ONLY: IceStatus = { mode: "stun-only", faults: [], relayOnly: false, relay: "none" };
export const RELAYED: IceStatus = { mode: "turn", faults: [], relayOnly: true, relay: "ok" };
export const RELAY_BROKEN: IceStatus = {
  ...STUN_ONLY,
  faults: [
    {
      code: "no-credential",
      url: "turn:turn.example.org",
      sentence: "TURN server turn:turn.example.org has a username but no credential.",
    },
  ],
};

/** A report in which only the named items are not as they should be. */
export function healthy(
  wrong: Partial<Record<"signaling" | "media" | "stun" | "turn", HealthCode>>,
): HealthReport {
  const item = (name: keyof typeof wrong): HealthItem =>
    wrong[name] ? { state: "failed", why: wrong[name] } : { state: "ok", why: undefined };
  return {
    at: GALLERY_NOW,
    attempts: 1,
    signaling: item("signaling"),
    media: item("media"),
    stun: item("stun"),
    turn: item("turn"),
  };
}

const ACTIONS: Partial<Record<ChatErrorCode, RecoveryAction>> = {
  "media-unsupported": "none",
  "media-insecure": "none",
  "media-denied-by-policy": "none",
  "media-not-found": "join-without",
  "media-overconstrained": "choose-device",
  "session-replaced": "use-here",
  "access-revoked": "none",
  "call-over": "find-another",
  "version-mismatch": "reload",
  "page-incomplete": "reload",
  "peer-unreachable": "check",
  "challenge-missing": "none",
  "peer-unsupported": "none",
};

const DEVICE: Partial<Record<ChatErrorCode, ChatError["device"]>> = {
  "media-not-found": "camera",
  "media-in-use": "camera",
  "media-overconstrained": "camera",
  "media-aborted": "microphone",
};

export function failed(code: ChatErrorCode): Partial<ChatSnapshot> {
  const device = DEVICE[code];
  const error = chatError({
    code,
    severity: "fatal",
    action: ACTIONS[code] ?? "try-again",
    ...(device && { device }),
  });
  return { status: { phase: "failed", error }, problem: error };
}
