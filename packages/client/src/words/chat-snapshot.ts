import type { Crowd, PartnerMedia, RoomEndReason } from "@serendip/protocol";
import type { ChatError, MediaKind } from "./chat-error.ts";
import type { HealthReport, IceStatus } from "./chat-health.ts";
import type { Unsubscribe } from "./log.ts";

/** What the chat is doing, as a person would say it. Instants are readings of the engine's clock, milliseconds. */
export type ChatStatus =
  | { readonly phase: "idle" }
  /** The service is asked whether the call that the person goes on with is still there (SPEC S12). */
  | { readonly phase: "returning"; readonly since: number; readonly roomId: string }
  /** The browser asks for camera and microphone; `loading`: not yet, because code of the page is still on its way. */
  | { readonly phase: "requesting-media"; readonly since: number; readonly loading?: true }
  /** `askAt`: the person has pressed faster than the service takes it, and the search goes on at that instant (SPEC B10). */
  | {
      readonly phase: "searching";
      readonly since: number;
      readonly crowd: Crowd | undefined;
      readonly askAt?: number;
    }
  | { readonly phase: "connecting"; readonly since: number; readonly roomId: string }
  | { readonly phase: "connected"; readonly since: number; readonly roomId: string }
  /** The call's media or the partner's connection is gone for now; `until` is when the chat gives up waiting. */
  | {
      readonly phase: "reconnecting";
      readonly since: number;
      readonly until: number;
      readonly roomId: string;
      readonly cause: "media" | "partner";
    }
  /** The next search starts by itself at `nextAt`. */
  | { readonly phase: "partner-left"; readonly reason: RoomEndReason; readonly nextAt: number }
  | { readonly phase: "failed"; readonly error: ChatError };

/** The connection to the signaling service; a fact of its own, because a call outlives it. */
export type SignalingStatus =
  | { readonly state: "closed" }
  /** `challenged`: the service wants some work of the page first, or a check of its person (SPEC B14). */
  | { readonly state: "connecting"; readonly challenged?: true }
  | { readonly state: "online" }
  /**
   * The connection was lost or refused; the next attempt starts at `retryAt`. `why`: no sooner, whatever is pressed, because the
   * service is full or this page goes too fast (SPEC B11).
   */
  | {
      readonly state: "waiting";
      readonly attempt: number;
      readonly retryAt: number;
      readonly why?: "full" | "too-fast";
    }
  /** Several attempts failed; slower ones go on, and the person can ask for one at once, unless there is a `why`. */
  | { readonly state: "offline"; readonly retryAt: number; readonly why?: "full" | "too-fast" };

/** Where a camera looks: at the person who holds the device, or away from them. */
export type CameraFacing = "user" | "environment";

/** A camera or microphone that can be chosen. */
export interface DeviceChoice {
  readonly deviceId: string;
  readonly label: string;
  /** Absent where the browser does not say. */
  readonly facing?: CameraFacing;
}

/** The person's camera or microphone. */
export interface DeviceStatus {
  /** What the person wants. A camera that is off is given back, a microphone that is off sends silence. */
  readonly enabled: boolean;
  /**
   * `none`: not asked for yet, turned off, or given back; `live`: capturing; `paused`: captured, and the system lets nothing
   * through (a phone call, a key on the keyboard); `missing`: cannot be had, see `problem`.
   */
  readonly state: "none" | "live" | "paused" | "missing";
  readonly deviceId: string | undefined;
  /** Of a captured camera; undefined where the browser does not say. */
  readonly facing: CameraFacing | undefined;
  readonly devices: readonly DeviceChoice[];
  readonly problem: ChatError | undefined;
}

/** `stalled`: nothing arrives. */
export type QualityLevel = "good" | "poor" | "stalled";

/**
 * How the running call goes, over the last seconds. The level does not flicker: it changes only on lasting evidence. A figure
 * that the browser does not give is undefined.
 */
export interface CallQuality {
  readonly level: QualityLevel;
  /** Of the partner's packets, 0–100. */
  readonly lossPercent: number | undefined;
  readonly roundTripMs: number | undefined;
  /** Kilobits per second. */
  readonly inKbps: number | undefined;
  readonly outKbps: number | undefined;
  /** Whether the media goes through a TURN server. */
  readonly route: "direct" | "relayed" | undefined;
}

/** Everything a UI needs; a new object whenever something changed, the same one otherwise. */
export interface ChatSnapshot {
  readonly status: ChatStatus;
  readonly signaling: SignalingStatus;
  readonly localStream: MediaStream | undefined;
  readonly remoteStream: MediaStream | undefined;
  /** What the partner says about their camera and microphone; both on until they say otherwise. */
  readonly partner: PartnerMedia;
  readonly camera: DeviceStatus;
  readonly microphone: DeviceStatus;
  /** How the call goes; undefined outside calls, and in the first two seconds of one. */
  readonly quality: CallQuality | undefined;
  readonly ice: IceStatus;
  /** Undefined until the first search has been under way for a moment, and once that counts no more (SPEC K23). */
  readonly health: HealthReport | undefined;
  /** The tab was in a call when its page went, and the room may still be there: `goOn` returns to it (SPEC S12). */
  readonly canGoOn: boolean;
  /** The most important thing to tell the person, until it is mended or dismissed. */
  readonly problem: ChatError | undefined;
}

/** What a person can do. All actions return at once, can be called in any state, and never throw. */
export interface ChatActions {
  /** Asks for camera and microphone, connects, and looks for a partner. */
  start(): void;
  /** Returns to the call that the tab was in, and searches nobody where it is over; nothing unless `canGoOn`. */
  goOn(): void;
  /** Leaves the partner and looks for another one. */
  next(): void;
  /** Leaves, and gives back camera, connection and socket. */
  stop(): void;
  /** Does what the current problem's `action` says. */
  retry(): void;
  /** Goes on without a device that cannot be had (`join-without`). */
  joinWithout(): void;
  /** Turning on a device that is missing asks the browser for it again. */
  setEnabled(kind: MediaKind, enabled: boolean): void;
  selectDevice(kind: MediaKind, deviceId: string): void;
  /** From the front camera of a phone to the back one, or the other way. */
  switchCamera(): void;
  /**
   * From the next match on no partner sees this person's network address: calls go through a TURN server only (SPEC K5).
   * The tab remembers it. Without a TURN server that works, a search ends with `relay-unavailable`.
   */
  setRelayOnly(relayOnly: boolean): void;
  dismissProblem(): void;
  /**
   * Somebody looks at how calls connect: before anybody is connected the service is asked whether it relays calls (SPEC K13).
   * Undo it when nobody looks any more.
   */
  watchRelay(): Unsubscribe;
}

/** What `on` and `once` offer besides `subscribe`. */
export interface ChatEvents {
  /** The connection to the signaling service changed. */
  connection: SignalingStatus;
  /** A new problem, fatal or not. */
  error: ChatError;
  /** The phase changed. */
  phase: ChatStatus;
}

/** For a bug report: no token, no secret, no address, no SDP. */
export interface ChatDiagnostics {
  readonly phase: ChatStatus["phase"];
  readonly signaling: SignalingStatus["state"];
  readonly sessionId: string | undefined;
  readonly roomId: string | undefined;
  readonly generation: number | undefined;
  readonly connectAttempts: number;
  readonly lastErrors: readonly { readonly at: number; readonly code: string; readonly context: string }[];
  readonly liveTracks: number;
}
