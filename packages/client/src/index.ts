export type { ChatError, ChatErrorCode, MediaKind, RecoveryAction } from "./chat-error.ts";
export type {
  HealthCode,
  HealthItem,
  HealthReport,
  IceReading,
  IceServerFault,
  IceStatus,
} from "./chat-health.ts";
export type {
  CallQuality,
  ChatActions,
  ChatDiagnostics,
  ChatEvents,
  ChatSnapshot,
  ChatStatus,
  DeviceChoice,
  DeviceStatus,
  QualityLevel,
  SignalingStatus,
} from "./chat-snapshot.ts";
export type { EngineOptions, EnginePorts, PhaseWait, VideoChat } from "./engine-api.ts";
export type {
  Capture,
  IceGatherer,
  Keepsake,
  Log,
  MediaSource,
  MediaWish,
  NetworkHints,
  PeerHandlers,
  PeerLink,
  PeerLinks,
  PeerOptions,
  Readiness,
  ServerMessage,
  SessionKeeper,
  SignalingConnection,
  SignalingSocket,
  SocketHandlers,
  TabMemory,
  TokenSource,
  Unsubscribe,
} from "./ports.ts";
export { IdentityFailure, RequestLost } from "./ports.ts";
export { createEngine } from "./video-chat.ts";
