export { createEngine } from "./api/engine.ts";
export type { EngineOptions, EnginePorts, PhaseWait, VideoChat } from "./chat/engine-api.ts";
export type { IceGatherer } from "./ice/ice-gatherer.port.ts";
export type { Capture, MediaSource, MediaWish } from "./media/media-source.port.ts";
export type { PeerHandlers, PeerLink, PeerLinks, PeerOptions } from "./peer/peer-link.port.ts";
export type { Readiness, ReadinessAnswer } from "./signaling/readiness.port.ts";
export type {
  ServerMessage,
  SignalingConnection,
  SignalingSocket,
  SocketHandlers,
} from "./signaling/signaling-socket.port.ts";
export { RequestLost } from "./signaling/signaling-socket.port.ts";
export type { SolveChallenge, TokenChallenge, TokenSource } from "./signaling/token-source.port.ts";
export {
  IdentityFailure,
  type IdentityFailureCode,
  type IdentityPause,
} from "./signaling/token-source.port.ts";
export type { NetworkHints } from "./tab/network-hints.port.ts";
export type { Remembered, StoredTab, TabStorage } from "./tab/tab-storage.port.ts";
export {
  type ChatError,
  type ChatErrorArea,
  type ChatErrorCode,
  chatError,
  type MediaKind,
  type RecoveryAction,
} from "./words/chat-error.ts";
export type {
  HealthCode,
  HealthItem,
  HealthReport,
  IceReading,
  IceServerFault,
  IceStatus,
} from "./words/chat-health.ts";
export type {
  CallQuality,
  CameraFacing,
  ChatActions,
  ChatDiagnostics,
  ChatEvents,
  ChatSnapshot,
  ChatStatus,
  DeviceChoice,
  DeviceStatus,
  QualityLevel,
  SignalingStatus,
} from "./words/chat-snapshot.ts";
export type { Log, Unsubscribe } from "./words/log.ts";
