import type {
  CandidateType,
  ClientBody,
  ClientEvent,
  ClientReply,
  ErrorBody,
  Hello,
  IceServer,
  PartnerMedia,
  RelayProtocol,
  RelayState,
  Role,
  ServerBody,
  ServerEvent,
  Signal,
} from "@serendip/protocol";
import type { ChatError, MediaKind } from "./chat-error.ts";
import type { IceReading } from "./chat-health.ts";
import type { DeviceChoice } from "./chat-snapshot.ts";

/** Undoes a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

/** One event of the signaling server, already parsed by its schema. */
export type ServerMessage = {
  [Event in ServerEvent]: { readonly event: Event; readonly body: ServerBody<Event> };
}[ServerEvent];

/** What happens to one connection attempt and the connection that comes of it. */
export interface SocketHandlers {
  /** Anything but `welcome` that arrives before the first welcome is not delivered. */
  onMessage(message: ServerMessage): void;
  /** The hello was refused. The socket is closed. */
  onRefused(error: ErrorBody): void;
  /** The connection could not be made, or was lost. The socket is closed. Called at most once, and not after `close`. */
  onClosed(reason: string): void;
}

/** One connection to the signaling server; used once, never reopened. */
export interface SignalingConnection {
  /**
   * Resolves with the server's reply, whatever it says; rejects with `RequestLost` when the connection closed or
   * no reply came in `TIMES.replyMs`.
   */
  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>>;
  /** Hands over a last word without waiting for an answer; for use while the page is being unloaded. */
  tell<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): void;
  /** To the server a lost connection, not a goodbye. No handler is called afterwards. */
  close(): void;
}

/** Opens connections to one signaling server. */
export interface SignalingSocket {
  open(hello: Hello, handlers: SocketHandlers): SignalingConnection;
}

/** The request got no answer: it may or may not have taken effect (so repeat it with the same `requestId`). */
export class RequestLost extends Error {
  readonly code = "request-lost";
}

/** Why no token could be had; `retry` tells a passing failure from one that stays. */
export class IdentityFailure extends Error {
  readonly code: "unreachable" | "refused";

  constructor(code: "unreachable" | "refused", message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Where tokens come from: the signaling service itself, or an identity provider. */
export interface TokenSource {
  /**
   * A token that is good now, for the same identity as `current` where that still counts.
   *
   * @throws IdentityFailure
   */
  fetch(
    current: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly token: string; readonly expiresInMs: number }>;
}

/** What happens to one peer connection. Nothing is called after `close`. */
export interface PeerHandlers {
  /** To be sent to the partner, in this order. */
  onSignal(signal: Signal): void;
  /** Media and data flow, for the first time or again. */
  onConnected(): void;
  /** Also called when a stream's tracks change. */
  onStream(stream: MediaStream): void;
  /** The partner's own word about camera and microphone (SPEC R9); until it comes, both count as on. */
  onPartnerMedia(media: PartnerMedia): void;
  /**
   * The path is interrupted, for good as far as the browser knows or not. It may come back by itself or after an ICE
   * restart; `onConnected` follows when it does. Called once for each interruption.
   */
  onInterrupted(): void;
  /** The partner closed on purpose (its page went away or it left). */
  onPartnerClosed(): void;
  /** This connection cannot ever come back, or could not come about. */
  onFailed(error: ChatError): void;
}

export interface PeerOptions {
  readonly role: Role;
  readonly iceServers: readonly IceServer[];
  /** Undefined: nothing to send, only to receive. */
  readonly stream: MediaStream | undefined;
  /** No address but that of a relay is used or told (`iceTransportPolicy`, W3C WebRTC section 4.2.1; SPEC K5). */
  readonly relayOnly: boolean;
}

/** What a connection has done since its start: counters, not rates. */
export interface PeerReading {
  /** Everything that came in over the path in use, in bytes. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** RTP packets of sound and picture together. */
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  /** `totalAudioEnergy` of what came in (W3C webrtc-stats section 8.4). */
  readonly audioEnergy: number;
  /** Undefined until it has been measured. */
  readonly roundTripMs: number | undefined;
  /** The path in use, without any address; `protocol`: how this side reaches its relay. */
  readonly route:
    | {
        readonly local: CandidateType;
        readonly remote: CandidateType;
        readonly protocol: RelayProtocol | undefined;
      }
    | undefined;
}

/** One RTCPeerConnection to one partner, for one generation of a room. */
export interface PeerLink {
  /** Takes a partner's signal. Late, repeated or nonsensical ones do no harm and never throw. */
  signal(signal: Signal): void;
  /** Sends `next` in place of `previous` without a new negotiation where possible; undefined: nothing of that kind any more. */
  replaceTrack(
    kind: MediaKind,
    previous: MediaStreamTrack | undefined,
    next: MediaStreamTrack | undefined,
  ): void;
  /** Lets the partner know what this side sends, as soon as the partner can be told. */
  tellMedia(media: PartnerMedia): void;
  /**
   * Begins an ICE restart (RFC 8445 section 2.4; SPEC R11). As initiator: a new offer with the next `attempt`, which supersedes
   * one that is still unanswered. As responder: the request for one. With `"nobody"` the partner cannot hear us: nothing
   * is sent, the initiator's own checks are kept going, the responder does nothing.
   */
  restartIce(tell: "partner" | "nobody"): void;
  /**
   * Sends no picture for a while, because the path may be dead: the partner would ask for all that was lost and watch it, late,
   * before anything new (RFC 4585 section 6.2.1).
   */
  pausePicture(): void;
  /** Sends it again, from a key frame on. A link does so by itself when ICE has found a path after an interruption. */
  resumePicture(): void;
  /** From now on; the next ICE restart uses them. Servers that the browser refuses change nothing. */
  useIceServers(iceServers: readonly IceServer[]): void;
  /** Undefined when there is nothing to read, as after `close`. Never rejects. */
  read(): Promise<PeerReading | undefined>;
  close(): void;
}

export interface PeerLinks {
  /** Whether this browser can make calls at all. */
  supported(): boolean;
  open(options: PeerOptions, handlers: PeerHandlers): PeerLink;
}

/** What to capture. */
export interface MediaWish {
  readonly camera: boolean;
  readonly microphone: boolean;
  readonly cameraId: string | undefined;
  readonly microphoneId: string | undefined;
}

/** What could be had of a wish. */
export interface Capture {
  /** Undefined when nothing could be had. */
  readonly stream: MediaStream | undefined;
  /** Why a wished device is missing. */
  readonly problems: { readonly camera?: ChatError; readonly microphone?: ChatError };
}

/** The person's camera and microphone. */
export interface MediaSource {
  /**
   * Asks for what is wished. When both cannot be had together, each is tried alone, so that one broken device
   * does not cost the other. Never rejects. An aborted request stops every track that it got.
   */
  capture(wish: MediaWish, signal: AbortSignal): Promise<Capture>;
  /** Whether the page may use the device; undefined where the browser does not say. */
  permission(kind: MediaKind): Promise<PermissionState | undefined>;
  devices(): Promise<{
    readonly camera: readonly DeviceChoice[];
    readonly microphone: readonly DeviceChoice[];
  }>;
  onDevicesChanged(run: () => void): Unsubscribe;
}

/** What this tab remembers across a reload. */
export interface Keepsake {
  readonly token?: string;
  readonly session?: { readonly sessionId: string; readonly resumeSecret: string; readonly epoch: number };
  readonly ticket?: string;
  /** How many connections this tab has begun (SPEC S10). */
  readonly connection?: number;
  /** The search or call that was going on when the page went; absent when the person was idle. */
  readonly active?: {
    readonly requestId: string;
    readonly camera: boolean;
    readonly microphone: boolean;
    /** The devices that the person went on without; they are not asked for again. */
    readonly without?: readonly MediaKind[];
  };
  /** The person wants calls through a TURN server only. */
  readonly relayOnly?: boolean;
}

/** Who this tab is, and what it remembers. */
export interface TabMemory {
  readonly tabId: string;
  /** Random per browser profile; undefined where nothing can be stored. */
  readonly deviceGroup: string | undefined;
  readonly keepsake: Keepsake;
}

/**
 * This tab's memory. A duplicated tab starts with an empty one and a `tabId` of its own, and so does a second chat in
 * the same page while the first one has not closed its memory.
 */
export interface SessionKeeper {
  /** Never rejects: where nothing can be stored, the tab has a fresh identity at each load. */
  open(): Promise<TabMemory>;
  /** Leaves the memory to the page's next chat. */
  close(): void;
  /** Takes effect at once, also while the page is being unloaded. */
  save(keepsake: Keepsake): void;
}

/** Tries ICE servers without a partner. */
export interface IceGatherer {
  /**
   * Tries each address on its own, all at once: a STUN server has to name our public address, a TURN server to give a relay
   * address. Ends after `limitMs` at the latest, or when `signal` aborts, and lets go of all it opened. Never rejects.
   *
   * @returns `busy`: the page had so little time for itself meanwhile that silence says nothing.
   */
  gather(
    servers: readonly IceServer[],
    limitMs: number,
    signal: AbortSignal,
  ): Promise<{ readonly readings: readonly IceReading[]; readonly busy: boolean }>;
}

/** Asks a STUN server again and again. */
export interface StunProbe {
  /** Whether the server at `url` (RFC 7064) answers; one question at a time. Never rejects; false once `signal` aborts. */
  ask(url: string, signal: AbortSignal): Promise<boolean>;
  /** Lets go of what it holds; a later question begins anew. */
  close(): void;
}

/** Asks the signaling server over HTTP (SPEC H1). */
export interface Readiness {
  /** Whether it takes people. `refused`: it answered that it does not; `silent`: nothing usable came back. Never rejects. */
  ask(signal: AbortSignal): Promise<"ready" | "refused" | "silent">;
  /** Whether it can relay calls (SPEC K13); undefined: it does not say. Never rejects. */
  relay(signal: AbortSignal): Promise<RelayState | undefined>;
  /** Whether the way to it is open: anything at all answers. Never rejects. */
  reach(signal: AbortSignal): Promise<boolean>;
}

/** Hints that make waiting pointless. */
export interface NetworkHints {
  /** The network is back, or the page is visible again: try now. */
  onPromising(run: () => void): Unsubscribe;
  /** The way to the network is another one, or is there again: paths that go the old way may be dead. */
  onNetworkChanged(run: () => void): Unsubscribe;
  /** The page is being unloaded. */
  onUnload(run: () => void): Unsubscribe;
}

/** One line per state change; never SDP, an address or a token. */
export interface Log {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}
