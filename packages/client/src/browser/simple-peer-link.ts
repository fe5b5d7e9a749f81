/// <reference path="./simple-peer.d.ts" />
import { LIMITS, type PartnerMedia, type Signal } from "@serendip/protocol";
import SimplePeer from "simple-peer/simplepeer.min.js";
import type { MediaKind } from "../chat-error.ts";
import type { Log, PeerHandlers, PeerLink, PeerLinks, PeerOptions } from "../ports.ts";
import { toRtcIceServer } from "./ice-servers.ts";
import { mediaWords } from "./partner-media.ts";
import { codeOf, isNegotiationFault, isPartnerClose, peerError } from "./peer-error.ts";
import { judgeSignal, toSignal } from "./signal-guard.ts";

/**
 * `PeerLinks` over simple-peer.
 *
 * The offer always has one audio and one video line, both `sendrecv`, whatever each side has to send: so anybody
 * receives everything the partner has, and a track can come, change or go later without a negotiation. A partner's
 * track joins the remote stream with its first packet, so that nobody waits for a picture that is not sent.
 *
 * A link that reported `onFailed` or `onPartnerClosed` reports nothing more, but has to be closed all the same.
 */
export function simplePeerLinks(options: { readonly log?: Log } = {}): PeerLinks {
  return {
    supported: () => SimplePeer.WEBRTC_SUPPORT,
    open: (peerOptions, handlers) => new SimplePeerLink(peerOptions, handlers, options.log),
  };
}

/**
 * simple-peer without its ways of ending a call that could go on, and deaf to what a partner could misuse.
 *
 * Its base constructor calls some of these methods, so they must not use fields of their own before they return.
 */
class LastingPeer extends SimplePeer {
  beforeAnswer: () => void = () => {};
  onChannelOpen: () => void = () => {};
  onChannelMessage: (data: unknown) => void = () => {};
  onNegotiationFault: (error: Error) => void = () => {};

  // Left alone, `failed` destroys the connection and its last picture; the engine decides about that.
  override _onConnectionStateChange(): void {}

  override _onIceStateChange(): void {
    if (this._pc?.iceConnectionState !== "failed") super._onIceStateChange();
  }

  override _onTrack(): void {}

  // Only for leaving without descriptions to wait for, which this link does not do.
  override _startIceCompleteTimeout(): void {}

  // simple-peer would keep what is not read as a stream in memory.
  override _onChannelMessage(event: { readonly data: unknown }): void {
    this.onChannelMessage(event.data);
  }

  override _onChannelOpen(): void {
    super._onChannelOpen();
    this.onChannelOpen();
  }

  override _setupData(event: { readonly channel: RTCDataChannel }): void {
    if (this._channel) event.channel.close();
    else super._setupData(event);
  }

  override _addIceCandidate(candidate: RTCIceCandidateInit): void {
    // A candidate that cannot be used is one way less to connect, not a reason to end the call.
    this._pc?.addIceCandidate(candidate).catch(() => {});
  }

  override _createAnswer(): void {
    this.beforeAnswer();
    super._createAnswer();
  }

  override destroy(error?: Error): void {
    if (error && isNegotiationFault(error) && this.#everConnected()) {
      this.onNegotiationFault(error);
      return;
    }
    super.destroy(error);
  }

  #everConnected(): boolean {
    const state = this._pc?.connectionState;
    return state === "connected" || state === "disconnected";
  }
}

class SimplePeerLink implements PeerLink {
  readonly #options: PeerOptions;
  readonly #handlers: PeerHandlers;
  readonly #log: Log | undefined;
  readonly #peer: LastingPeer | undefined;
  /** Groups what this side sends, so that the partner gets sound and picture in step. */
  readonly #outgoing: MediaStream;
  readonly #remote = new MediaStream();
  readonly #tracks = new Map<MediaKind, MediaStreamTrack | undefined>();
  readonly #senders = new Map<MediaKind, RTCRtpSender>();
  readonly #receivedKinds = new Set<string>();
  readonly #words = mediaWords({
    channel: () => (this.#over ? undefined : this.#peer?._channel),
    onWord: (media) => this.#handlers.onPartnerMedia(media),
  });
  #settling = false;
  #candidatesIn = 0;
  #candidatesOut = 0;
  #connection: RTCPeerConnectionState = "new";
  #connectedOnce = false;
  #over = false;

  constructor(options: PeerOptions, handlers: PeerHandlers, log: Log | undefined) {
    this.#options = options;
    this.#handlers = handlers;
    this.#log = log;
    this.#outgoing = options.stream ?? new MediaStream();
    this.#tracks.set("microphone", options.stream?.getAudioTracks()[0]);
    this.#tracks.set("camera", options.stream?.getVideoTracks()[0]);
    try {
      this.#peer = this.#openPeer();
    } catch (error) {
      // Not in the caller's call: it does not hold this link yet.
      queueMicrotask(() => this.#finish(() => handlers.onFailed(peerError(error))));
    }
  }

  signal(signal: Signal): void {
    const pc = this.#peer?._pc;
    if (this.#over || !this.#peer || !pc) return;
    const verdict = judgeSignal(
      {
        role: this.#options.role,
        signalingState: pc.signalingState,
        settling: this.#settling,
        candidates: this.#candidatesIn,
      },
      signal,
    );
    if (verdict !== "take") {
      this.#log?.info("Signal dropped", { kind: signal.kind, why: verdict });
      return;
    }
    try {
      if (signal.kind === "candidate") {
        this.#candidatesIn += 1;
        const { usernameFragment, ...candidate } = signal.candidate;
        this.#peer.signal({
          type: "candidate",
          candidate: usernameFragment === undefined ? candidate : { ...candidate, usernameFragment },
        });
      } else if (signal.kind !== "restart") {
        this.#settling = true;
        this.#candidatesIn = 0;
        this.#peer.signal({ type: signal.kind, sdp: signal.sdp });
      }
    } catch (error) {
      this.#settling = false;
      this.#log?.warn("Signal refused", { kind: signal.kind, error: codeOf(error) });
    }
  }

  replaceTrack(
    kind: MediaKind,
    _previous: MediaStreamTrack | undefined,
    next: MediaStreamTrack | undefined,
  ): void {
    if (this.#over) return;
    this.#tracks.set(kind, next);
    const sender = this.#senders.get(kind);
    if (sender) this.#send(sender, next);
  }

  tellMedia(media: PartnerMedia): void {
    this.#words.tell(media);
  }

  restartIce(): void {}

  useIceServers(): void {}

  read(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): void {
    this.#over = true;
    this.#peer?.destroy();
  }

  #openPeer(): LastingPeer {
    const { role, iceServers } = this.#options;
    const peer = new LastingPeer({
      initiator: role === "initiator",
      trickle: true,
      config: { iceServers: iceServers.map(toRtcIceServer), bundlePolicy: "max-bundle" },
    });
    peer.on("signal", (data) => this.#tell(data));
    peer.on("error", (error) => this.#onError(error));
    peer.on("close", () => this.#finish(() => this.#handlers.onPartnerClosed()));
    peer.onChannelOpen = () => this.#words.channelOpened();
    peer.onChannelMessage = (data) => {
      if (!this.#over) this.#words.receive(data);
    };
    peer.beforeAnswer = () => this.#attachToOffer();
    peer.onNegotiationFault = (error) => {
      this.#settling = false;
      this.#log?.warn("Negotiation refused", { error: codeOf(error) });
    };
    const pc = peer._pc;
    // Without one, its constructor threw, and the error event comes in a moment.
    if (!pc) return peer;
    pc.addEventListener("signalingstatechange", () => {
      if (pc.signalingState === "stable") this.#settling = false;
    });
    pc.addEventListener("connectionstatechange", () => this.#onConnectionState(pc.connectionState));
    pc.addEventListener("track", (event) => this.#onTrack(event.track));
    if (role === "initiator") this.#offerBothKinds(pc);
    return peer;
  }

  #offerBothKinds(pc: RTCPeerConnection): void {
    for (const kind of ["microphone", "camera"] as const) {
      const { sender } = pc.addTransceiver(this.#tracks.get(kind) ?? lineOf(kind), {
        direction: "sendrecv",
        streams: [this.#outgoing],
      });
      this.#senders.set(kind, sender);
    }
  }

  #attachToOffer(): void {
    for (const kind of ["microphone", "camera"] as const) {
      if (this.#senders.has(kind)) continue;
      const line = this.#peer?._pc
        ?.getTransceivers()
        .find(({ receiver, direction }) => receiver.track.kind === lineOf(kind) && direction !== "stopped");
      if (!line) continue;
      line.direction = "sendrecv";
      line.sender.setStreams(this.#outgoing);
      this.#senders.set(kind, line.sender);
      this.#send(line.sender, this.#tracks.get(kind));
    }
  }

  #send(sender: RTCRtpSender, track: MediaStreamTrack | undefined): void {
    sender.replaceTrack(track ?? null).catch((error: unknown) => {
      if (!this.#over) this.#log?.warn("Track could not be replaced", { error: codeOf(error) });
    });
  }

  #tell(data: unknown): void {
    const signal = toSignal(data);
    if (this.#over || !signal) return;
    if (signal.kind === "candidate") {
      if (this.#candidatesOut >= LIMITS.candidatesPerDescription) return;
      this.#candidatesOut += 1;
    }
    this.#handlers.onSignal(signal);
  }

  #onConnectionState(state: RTCPeerConnectionState): void {
    if (this.#over || state === this.#connection) return;
    this.#connection = state;
    if (state === "connected") {
      this.#connectedOnce = true;
      this.#handlers.onConnected();
    } else if (state === "disconnected" && this.#connectedOnce) {
      this.#handlers.onInterrupted();
    } else if (state === "failed") {
      this.#finish(() => this.#handlers.onFailed(peerError("ERR_CONNECTION_FAILURE")));
    }
  }

  /** Takes the first audio and the first video track; a partner who offers more gets no more. */
  #onTrack(track: MediaStreamTrack): void {
    if (this.#receivedKinds.has(track.kind)) return;
    this.#receivedKinds.add(track.kind);
    const join = () => this.#changeRemote(() => this.#remote.addTrack(track));
    if (track.muted) track.addEventListener("unmute", join, { once: true });
    else join();
    track.addEventListener("ended", () => this.#changeRemote(() => this.#remote.removeTrack(track)));
  }

  #changeRemote(change: () => void): void {
    if (this.#over) return;
    change();
    this.#handlers.onStream(this.#remote);
  }

  #onError(error: Error): void {
    this.#finish(() => {
      if (isPartnerClose(error)) this.#handlers.onPartnerClosed();
      else this.#handlers.onFailed(peerError(error));
    });
  }

  #finish(report: () => void): void {
    if (this.#over) return;
    this.#over = true;
    report();
  }
}

const lineOf = (kind: MediaKind) => (kind === "camera" ? "video" : "audio");
