import type { CandidateType, IceServer, PartnerMedia, RelayProtocol, Role, Signal } from "@serendip/protocol";
import type { ChatError, FailedBy, MediaKind } from "../words/chat-error.ts";
import type { Ahead } from "./ahead.port.ts";

/** What happens to one peer connection. Nothing is called after `close`. */
export interface PeerHandlers {
  /** To be sent to the partner, in this order. */
  onSignal(signal: Signal): void;
  /** ICE has found a path for the first time; DTLS comes next. */
  onPath(): void;
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
  /** No further restart fits this generation; the connection goes on as it is (SPEC R12). */
  onWornOut(): void;
  /** The partner did what no page does, and was hung up on (SPEC R18). */
  onMisused(): void;
  /** This connection cannot ever come back, or could not come about. */
  onFailed(error: ChatError, by?: FailedBy): void;
}

export interface PeerOptions {
  readonly role: Role;
  readonly iceServers: readonly IceServer[];
  /** Undefined: nothing to send, only to receive. */
  readonly stream: MediaStream | undefined;
  /** No address but that of a relay is used or told (`iceTransportPolicy`, W3C WebRTC section 4.2.1; SPEC K5). */
  readonly relayOnly: boolean;
}

/**
 * What a connection has done since its start: counters, not rates. Undefined is what the browser does not say: unknown, and
 * neither nothing nor zero.
 */
export interface PeerReading {
  /** Everything that came in, in bytes. */
  readonly bytesReceived: number | undefined;
  readonly bytesSent: number | undefined;
  /** Which counter of the browser these bytes come from; those of another one cannot be compared with them. */
  readonly bytesOf: string | undefined;
  /** RTP packets of sound and picture together. */
  readonly packetsReceived: number | undefined;
  readonly packetsLost: number | undefined;
  readonly framesDecoded: number | undefined;
  /** `totalAudioEnergy` of what came in (W3C webrtc-stats section 8.4). */
  readonly audioEnergy: number | undefined;
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
  /** Sends another track of a kind without a new negotiation where possible; undefined: nothing of that kind any more. */
  replaceTrack(kind: MediaKind, track: MediaStreamTrack | undefined): void;
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
  /** Nothing can be opened before this has come true. Rejects where it cannot; asked again, it tries again. */
  ready(): Promise<unknown>;
  /** Uses what was made ahead, where it fits; else that is closed. */
  open(options: PeerOptions, handlers: PeerHandlers): PeerLink;
  /** Has this one at hand for the next `open`, and no other; undefined: none. What is there and still fits is kept. */
  makeAhead(ahead: Ahead | undefined): void;
}
