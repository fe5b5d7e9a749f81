import { type ChatErrorCode, type ChatSnapshot, type ChatStatus, chatError } from "@serendip/client";
import { IDLE_SNAPSHOT } from "../chat-store.ts";
import type { StateName } from "./state-names.ts";
import {
  DEVICES,
  failed,
  GALLERY_NOW,
  GOOD,
  healthy,
  PHONE_CAMERA,
  POOR,
  RELAY_BROKEN,
  RELAYED,
  STUN_ONLY,
} from "./state-parts.ts";

/** The streams to show; made only where there is a DOM. */
export interface Pictures {
  readonly self: MediaStream | undefined;
  readonly partner: MediaStream | undefined;
  readonly partnerWithoutCamera: MediaStream | undefined;
}

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
    case "home-hidden-address":
      return { ice: { ...IDLE_SNAPSHOT.ice, relayOnly: true } };
    case "home-go-on":
      return { canGoOn: true };
    case "returning":
      return { status: { phase: "returning", since: now, roomId: ROOM } };
    case "home-camera-off":
      return { camera: { ...IDLE_SNAPSHOT.camera, enabled: false } };
    case "loading":
      return { status: { phase: "requesting-media", since: now, loading: true } };
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
    case "searching-relay-broken":
      return {
        ...online,
        status: searching(5, 1, 12),
        ice: RELAY_BROKEN,
        health: healthy({ turn: "turn-unauthorized" }),
      };
    case "searching-udp-blocked":
      return {
        ...online,
        status: searching(12, 1, 12),
        ice: STUN_ONLY,
        health: healthy({ stun: "stun-unreachable" }),
      };
    case "searching-no-camera":
      return {
        ...online,
        status: searching(3, 1, 12),
        localStream: undefined,
        camera: { ...DEVICES.camera, state: "missing", devices: [], deviceId: undefined },
        problem: chatError({
          code: "media-not-found",
          severity: "degraded",
          action: "join-without",
          device: "camera",
        }),
      };
    case "searching-after-failures":
      return {
        ...online,
        status: searching(5, 1, 12),
        problem: chatError({ code: "peer-timeout", severity: "degraded", action: "wait" }),
      };
    case "searching-only-two":
      return {
        ...online,
        status: searching(9, 2, 2),
        problem: chatError({ code: "peer-failed", severity: "degraded", action: "try-again" }),
      };
    case "checking":
      return {
        ...online,
        status: { phase: "searching", since: now - 12_000, crowd: undefined },
        signaling: { state: "connecting", challenged: true },
      };
    case "server-unreachable":
      return {
        ...online,
        status: { phase: "searching", since: now - 20_000, crowd: undefined },
        signaling: { state: "offline", retryAt: now + 14_000 },
        problem: chatError({ code: "server-unreachable", severity: "degraded", action: "retry-now" }),
      };
    case "server-busy":
      return {
        ...online,
        status: { phase: "searching", since: now - 4_000, crowd: undefined },
        problem: chatError({
          code: "server-busy",
          severity: "degraded",
          action: "wait",
          retryAfterMs: 5_000,
        }),
      };
    case "server-full":
    case "too-fast": {
      const why = name === "too-fast" ? name : "full";
      return {
        ...online,
        status: { phase: "searching", since: now - 4_000, crowd: undefined },
        signaling: { state: "waiting", attempt: 2, retryAt: now + 20_000, why },
        problem: chatError({ code: name, severity: "degraded", action: "wait" }),
      };
    }
    case "searching-too-soon":
      return {
        ...online,
        status: { phase: "searching", since: now - 1_000, crowd: undefined, askAt: now + 3_000 },
      };
    case "connecting":
      return { ...online, status: { phase: "connecting", since: now, roomId: ROOM } };
    case "connecting-slow":
      return { ...online, status: { phase: "connecting", since: now - 9_000, roomId: ROOM } };
    case "connected":
    case "sound-blocked":
      return call;
    case "settings":
      return { ...call, ice: RELAYED };
    case "settings-no-relay":
      return { ...call, ice: STUN_ONLY };
    case "settings-relay-broken":
      return { ...call, ice: RELAY_BROKEN };
    case "connected-good":
      return { ...call, quality: GOOD };
    case "connected-poor":
    case "connected-quality-details":
      return { ...call, quality: POOR };
    case "connected-stalled":
      return { ...call, quality: { ...POOR, level: "stalled", inKbps: 0, lossPercent: 0 } };
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
    case "connected-partner-paused":
      return {
        ...call,
        remoteStream: partnerWithoutCamera,
        partner: { camera: false, microphone: false, cameraPaused: true, microphonePaused: true },
      };
    case "connected-paused":
      return {
        ...call,
        camera: { ...DEVICES.camera, state: "paused" },
        microphone: { ...DEVICES.microphone, state: "paused" },
        problem: chatError({ code: "media-muted-by-system", severity: "degraded", action: "try-again" }),
      };
    case "connected-phone":
      return { ...call, camera: PHONE_CAMERA };
    case "connected-phone-back-camera":
      return { ...call, camera: { ...PHONE_CAMERA, deviceId: "back", facing: "environment" } };
    case "connected-server-lost":
      return {
        ...call,
        signaling: { state: "offline", retryAt: now + 9_000 },
      };
    case "connected-server-full":
      return {
        ...call,
        signaling: { state: "waiting", attempt: 2, retryAt: now + 20_000, why: "full" },
      };
    case "connected-camera-lost":
      return {
        ...call,
        localStream: undefined,
        camera: { ...DEVICES.camera, state: "missing" },
        problem: chatError({
          code: "media-lost",
          severity: "degraded",
          action: "choose-device",
          device: "camera",
        }),
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
