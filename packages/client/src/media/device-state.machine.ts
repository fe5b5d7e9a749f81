import type { ChatError, MediaKind } from "../words/chat-error.ts";
import type { CameraFacing } from "../words/chat-snapshot.ts";
import { PROBLEMS } from "../words/problems.ts";

/** Which of several devices; neither: the browser chooses. */
export interface Choice {
  readonly deviceId: string | undefined;
  readonly facing: CameraFacing | undefined;
}

/** What is known of a captured track; the track itself is kept outside, under its number. */
export interface TrackFacts {
  readonly id: number;
  readonly deviceId: string | undefined;
  readonly facing: CameraFacing | undefined;
  /** The system lets nothing of it through (W3C Media Capture section 4.3.1.1). */
  readonly muted: boolean;
}

/** A mute that the page did not ask for. */
export interface Muted {
  readonly since: number;
  /** It has lasted long enough to be told. */
  readonly told: boolean;
}

export interface Held extends Omit<TrackFacts, "muted"> {
  /** What was asked for when it came. */
  readonly choice: Choice;
  /** It was stopped, to make way for another device; the partner keeps its last picture until that one is there. */
  readonly stopped: boolean;
  readonly muted: Muted | undefined;
  /** The system took the device away with the page (a phone call, another app): it may need a new capture afterwards. */
  readonly interrupted: boolean;
}

/** The request for this device alone that is under way. */
export interface Ask {
  readonly id: number;
  readonly choice: Choice;
  /**
   * A phone uses one camera at a time: another one is asked for beside the one that is held, then in its place, and where
   * that fails the former one comes back.
   */
  readonly stage: "beside" | "instead" | "back";
  /** The person wants it now; otherwise the page tries by itself. */
  readonly pressed: boolean;
  /** Why the other one could not be had. */
  readonly problem: ChatError | undefined;
}

/** The life of one camera or microphone. */
export interface DeviceState {
  readonly kind: MediaKind;
  /** What the person wants. */
  readonly enabled: boolean;
  /** The person went on without it. */
  readonly left: boolean;
  readonly choice: Choice;
  /** The person's newest wish has not been asked for yet. */
  readonly due: boolean;
  readonly held: Held | undefined;
  readonly ask: Ask | undefined;
  /** Requests so far; numbers them. */
  readonly asks: number;
  /** A camera that was turned off is given back then. */
  readonly giveBackAt: number | undefined;
  /** After an interruption a device is captured anew then. */
  readonly renewAt: number | undefined;
  /** When the page tried by itself, lately. */
  readonly ownTries: readonly number[];
  readonly problem: ChatError | undefined;
}

/** What can happen to one device. */
export type DeviceEvent =
  | { readonly type: "enabled"; readonly enabled: boolean }
  | { readonly type: "chosen"; readonly choice: Choice }
  /** The person wants another try. */
  | { readonly type: "retried" }
  | {
      readonly type: "answered";
      readonly askId: number;
      readonly track: TrackFacts | undefined;
      readonly problem: ChatError | undefined;
    }
  /** The track ended by itself. */
  | { readonly type: "ended"; readonly trackId: number }
  | { readonly type: "muted"; readonly trackId: number }
  | { readonly type: "unmuted"; readonly trackId: number }
  /** How things stand with the device that is missing. */
  | {
      readonly type: "looked";
      readonly permission: PermissionState | undefined;
      readonly present: boolean;
    }
  /** Devices came or went. */
  | { readonly type: "plugged"; readonly present: boolean };

/** What happens to all devices at once. */
export type PageEvent = { readonly type: "hidden" } | { readonly type: "shown" } | { readonly type: "tick" };

export type DeviceEffect =
  | { readonly type: "ask"; readonly kind: MediaKind; readonly askId: number; readonly choice: Choice }
  /** Find out what the browser allows and which devices there are. */
  | { readonly type: "look"; readonly kind: MediaKind }
  | { readonly type: "list" }
  | { readonly type: "report"; readonly code: string; readonly context: string };

export interface DeviceStep {
  readonly device: DeviceState;
  readonly effects: readonly DeviceEffect[];
}

/** What a device's life depends on besides its own state. */
export interface Surroundings {
  readonly now: number;
  /** Devices are in use: from the end of a capture until the release. */
  readonly open: boolean;
  /** The person cannot see the page. */
  readonly hidden: boolean;
}

export const DEVICE_RULES = {
  /** Long enough for black to reach the partner in place of the last picture. */
  blackFirstMs: 500,
  /** Shorter mutes are nobody's concern: some devices have one whenever they start or change their format. */
  muteToldMs: 1_000,
  /** A page that is hidden so soon after a mute was taken away together with the device. */
  hiddenWithMs: 5_000,
  /** The system gives a device back within this time after it gave the page back, as a rule. */
  givenBackMs: 2_000,
  /** How often a page tries by itself. */
  ownTries: { times: 3, withinMs: 60_000 },
} as const;

const ANY: Choice = { deviceId: undefined, facing: undefined };

export function newDevice(kind: MediaKind): DeviceState {
  return {
    kind,
    enabled: true,
    left: false,
    choice: ANY,
    due: false,
    held: undefined,
    ask: undefined,
    asks: 0,
    giveBackAt: undefined,
    renewAt: undefined,
    ownTries: [],
    problem: undefined,
  };
}

/** A microphone that is off stays captured and sends silence: turning it on must not take time. */
export function isWanted({ kind, enabled, left }: DeviceState): boolean {
  return !left && (enabled || kind === "microphone");
}

/** Nothing captured, nothing asked for; what is wanted stays. */
export function released(device: DeviceState): DeviceState {
  return {
    ...device,
    due: false,
    held: undefined,
    ask: undefined,
    giveBackAt: undefined,
    renewAt: undefined,
  };
}

export function holdTrack(
  device: DeviceState,
  track: TrackFacts,
  { choice, now }: { readonly choice: Choice; readonly now: number },
): DeviceState {
  const { muted, ...facts } = track;
  const before = device.held?.muted;
  return {
    ...device,
    held: {
      ...facts,
      choice,
      stopped: false,
      // A new track of a device that is still muted: nothing has changed for anybody.
      muted: muted ? (before ?? { since: now, told: false }) : undefined,
      interrupted: false,
    },
    ask: undefined,
    giveBackAt: undefined,
    renewAt: undefined,
    problem: undefined,
  };
}

/** The system lets nothing through of what the person wants to send. */
export function isPaused({ enabled, held }: DeviceState): boolean {
  return enabled && held?.muted?.told === true;
}

// The same objects each time, so that who compares by identity sees no change.
const PAUSED: Readonly<Record<MediaKind, ChatError>> = {
  camera: { ...PROBLEMS.mediaMutedBySystem, device: "camera" },
  microphone: { ...PROBLEMS.mediaMutedBySystem, device: "microphone" },
};

export function problemOf(device: DeviceState): ChatError | undefined {
  return device.problem ?? (isPaused(device) ? PAUSED[device.kind] : undefined);
}

export function deadlineOfDevice({ held, giveBackAt, renewAt }: DeviceState): number | undefined {
  const muted = held?.muted;
  const toldAt = muted && !muted.told ? muted.since + DEVICE_RULES.muteToldMs : undefined;
  const all = [giveBackAt, renewAt, toldAt].filter((at) => at !== undefined);
  return all.length > 0 ? Math.min(...all) : undefined;
}
