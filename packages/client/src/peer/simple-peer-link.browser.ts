import type { IceServer, PartnerMedia, Signal } from "@serendip/protocol";
import type { MediaKind } from "../words/chat-error.ts";
import type { Log } from "../words/log.ts";
import { onFirstPath } from "./first-path.browser.ts";
import { callsSupported, handingOver, LastingPeer } from "./lasting-peer.browser.ts";
import { mediaChannel } from "./media-channel.browser.ts";
import { type DeadEnd, type Negotiation, negotiation } from "./negotiation.browser.ts";
import { type IdleLink, type LinkBasis, oneAhead } from "./one-ahead.browser.ts";
import { type OutgoingMedia, outgoingMedia } from "./outgoing-media.browser.ts";
import { outgoingPicture } from "./outgoing-picture.browser.ts";
import { type PathState, pathAfter } from "./path-state.browser.ts";
import { codeOf, isOurs, isPartnerClose, peerError } from "./peer-error.browser.ts";
import type { PeerHandlers, PeerLinks, PeerOptions, PeerReading } from "./peer-link.port.ts";
import { readStats } from "./peer-stats.browser.ts";
import { remoteStream } from "./remote-stream.browser.ts";
import { reconfigure, rtcConfiguration } from "./rtc-configuration.browser.ts";

/** So many data channels beyond the one are only closed: a newer page may have a use for them. */
const SPARE_CHANNELS = 2;

/**
 * `PeerLinks` over simple-peer.
 *
 * The offer always has one audio and one video line, both `sendrecv`, whatever each side has to send: so anybody
 * receives everything the partner has, and a track can come, change or go later without a negotiation.
 *
 * A link that reported `onFailed`, `onPartnerClosed` or `onMisused` reports nothing more, but has to be closed all the same.
 */
export function simplePeerLinks(options: { readonly log?: Log } = {}): PeerLinks {
  return {
    supported: callsSupported,
    ready: () => Promise.resolve(),
    ...oneAhead((linkOptions, handlers) => new SimplePeerLink(linkOptions, handlers, options.log)),
  };
}

class SimplePeerLink implements IdleLink {
  readonly #options: PeerOptions & LinkBasis;
  readonly #handlers: PeerHandlers;
  readonly #log: Log | undefined;
  readonly #peer: LastingPeer | undefined;
  readonly #outgoing: OutgoingMedia;
  readonly #negotiation: Negotiation;
  readonly #remote = remoteStream((stream) => {
    if (!this.#over) this.#handlers.onStream(stream);
  });
  readonly #words = mediaChannel({
    channel: () => (this.#over ? undefined : this.#peer?._channel),
    onWord: (media) => this.#handlers.onPartnerMedia(media),
    onTooMuch: () => this.#hangUp("words"),
  });
  readonly #picture = outgoingPicture(
    () => this.#outgoing.sender("camera"),
    () => this.#peer?._pc?.sctp?.transport.iceTransport,
  );
  #path: PathState = "never";
  #pathFound = false;
  #over = false;

  constructor(options: PeerOptions & LinkBasis, handlers: PeerHandlers, log: Log | undefined) {
    this.#options = options;
    this.#handlers = handlers;
    this.#log = log;
    this.#outgoing = outgoingMedia(options.stream, (error) =>
      this.#warn("Track could not be replaced", error),
    );
    this.#negotiation = negotiation({
      ...options,
      peer: () => (this.#over ? undefined : this.#peer),
      onSignal: (signal) => handlers.onSignal(signal),
      onDeadEnd: (why) => this.#onDeadEnd(why),
      log,
    });
    try {
      this.#peer = this.#openPeer();
    } catch (error) {
      // Not in the caller's call: it does not hold this link yet.
      queueMicrotask(() => this.#finish(() => handlers.onFailed(peerError(error))));
    }
  }

  signal(signal: Signal): void {
    this.#negotiation.receive(signal);
  }

  replaceTrack(kind: MediaKind, track: MediaStreamTrack | undefined): void {
    if (!this.#over) this.#outgoing.replace(kind, track);
  }

  tellMedia(media: PartnerMedia): void {
    this.#words.tell(media);
  }

  restartIce(tell: "partner" | "nobody"): void {
    this.#negotiation.restart(tell);
  }

  pausePicture(): void {
    if (!this.#over) this.#picture.pause();
  }

  resumePicture(): void {
    if (!this.#over) this.#picture.resume();
  }

  useIceServers(iceServers: readonly IceServer[]): void {
    this.#reconfigure(iceServers);
  }

  serve({ stream, iceServers }: PeerOptions): void {
    this.#outgoing.replace("microphone", stream?.getAudioTracks()[0]);
    this.#outgoing.replace("camera", stream?.getVideoTracks()[0]);
    if (!this.#options.offerWaits) return;
    this.#reconfigure(iceServers);
    this.#peer?.offerNow();
  }

  async read(): Promise<PeerReading | undefined> {
    try {
      const report = this.#over ? undefined : await this.#peer?._pc?.getStats();
      return report && !this.#over ? readStats(report as ReadonlyMap<string, unknown>) : undefined;
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#over = true;
    this.#picture.close();
    this.#peer?.destroy();
  }

  #reconfigure(iceServers: readonly IceServer[]): void {
    try {
      const pc = this.#peer?._pc;
      if (pc) reconfigure(pc, { ...this.#options, iceServers });
    } catch (error) {
      this.#warn("ICE servers refused", error);
    }
  }

  #openPeer(): LastingPeer {
    const { role, connection, offerWaits = false } = this.#options;
    const peer = new LastingPeer({
      initiator: role === "initiator",
      trickle: true,
      config: rtcConfiguration(this.#options),
      ...(connection && { wrtc: handingOver(connection) }),
    });
    peer.offerWaits = offerWaits;
    peer.on("signal", (data) => this.#negotiation.tell(data));
    peer.on("error", (error) => this.#onError(error));
    peer.on("close", () => this.#finish(() => this.#handlers.onPartnerClosed()));
    peer.onCandidate = (candidate) => this.#negotiation.tell({ type: "candidate", candidate });
    peer.onChannelOpen = () => this.#words.channelOpened();
    let spareChannels = 0;
    peer.onSpareChannel = () => {
      spareChannels += 1;
      if (spareChannels > SPARE_CHANNELS) this.#hangUp("channels");
    };
    peer.onChannelMessage = (data) => {
      if (!this.#over) this.#words.receive(data);
    };
    peer.onNegotiationFault = (error) => {
      this.#warn("Negotiation refused", error);
      this.#negotiation.settled();
    };
    const pc = peer._pc;
    // Without one, its constructor threw, and the error event comes in a moment.
    if (!pc) return peer;
    peer.beforeAnswer = () => this.#outgoing.attachToOffer(pc);
    pc.addEventListener("signalingstatechange", () => {
      if (role === "initiator" && pc.signalingState === "stable") this.#negotiation.settled();
    });
    onFirstPath(pc, () => {
      this.#pathFound = true;
      if (!this.#over) this.#handlers.onPath();
    });
    pc.addEventListener("connectionstatechange", () => this.#onConnectionState(pc));
    pc.addEventListener("track", (event) => this.#remote.take(event.track));
    if (role === "initiator") {
      // simple-peer listens for none here: they would stay.
      pc.ondatachannel = (event) => peer._setupData(event);
      this.#outgoing.offerBothKinds(pc);
    }
    return peer;
  }

  #onConnectionState(pc: RTCPeerConnection): void {
    const before = this.#path;
    this.#path = pathAfter(before, { state: pc.connectionState, dtls: pc.sctp?.transport.state });
    if (this.#over || this.#path === before) return;
    switch (this.#path) {
      case "up":
        this.#handlers.onConnected();
        if (before === "interrupted") this.#picture.resume();
        break;
      case "interrupted":
        this.#handlers.onInterrupted();
        break;
      case "failed":
        // Where ICE had found a path, it is DTLS that has failed: the partner is not who it said.
        this.#finish(() =>
          this.#handlers.onFailed(
            peerError("ERR_CONNECTION_FAILURE"),
            this.#pathFound ? "partner" : undefined,
          ),
        );
    }
  }

  #onDeadEnd(why: DeadEnd): void {
    if (why === "impossible") this.#hangUp("description");
    else if (why === "worn-out") this.#handlers.onWornOut();
    // An answer may owe its length to the partner's offer.
    else
      this.#finish(() =>
        this.#handlers.onFailed(
          peerError("ERR_DESCRIPTION_SIZE"),
          this.#options.role === "responder" ? "partner" : undefined,
        ),
      );
  }

  #onError(error: Error): void {
    this.#finish(() => {
      if (isPartnerClose(error)) this.#handlers.onPartnerClosed();
      else this.#handlers.onFailed(peerError(error), isOurs(error) ? undefined : "partner");
    });
  }

  /** Whatever still comes from such a partner would take the page's time. */
  #hangUp(why: string): void {
    if (this.#over) return;
    this.#log?.warn("The partner misuses the connection", { why });
    this.close();
    this.#handlers.onMisused();
  }

  #finish(report: () => void): void {
    if (this.#over) return;
    this.#over = true;
    report();
  }

  #warn(message: string, error: unknown): void {
    if (!this.#over) this.#log?.warn(message, { error: codeOf(error) });
  }
}
