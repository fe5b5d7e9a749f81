/**
 * The part of simple-peer 9.11 that `lasting-peer.browser.ts` uses. The published types are not used because they bring
 * Node's globals into browser code. A bundler needs the aliases of `bundling/aliases.mjs`, or polyfills for Node's streams.
 * Members with an underscore are internals that the link overrides; the contract suite in `test/peer` guards them.
 */
declare module "simple-peer" {
  interface SimplePeerOptions {
    readonly initiator: boolean;
    readonly trickle: boolean;
    /** Without `iceServers`, public STUN servers of third parties are used. */
    readonly config: RTCConfiguration & { readonly iceServers: RTCIceServer[] };
    readonly wrtc?: {
      readonly RTCPeerConnection: typeof RTCPeerConnection;
      readonly RTCSessionDescription: typeof RTCSessionDescription;
      readonly RTCIceCandidate: typeof RTCIceCandidate;
    };
  }

  interface SimplePeerEvents {
    /** An offer, an answer, a candidate, or a request of its own (`renegotiate`, `transceiverRequest`). */
    readonly signal: (data: unknown) => void;
    readonly error: (error: Error) => void;
    readonly close: () => void;
  }

  class SimplePeer {
    static readonly WEBRTC_SUPPORT: boolean;
    /** Throws with code ERR_WEBRTC_SUPPORT; a refused configuration is an `error` event instead. */
    constructor(options: SimplePeerOptions);
    on<Event extends keyof SimplePeerEvents>(event: Event, listener: SimplePeerEvents[Event]): this;
    /** Throws when destroyed, and for a candidate that RTCIceCandidate refuses. */
    signal(data: RTCSessionDescriptionInit | { type: "candidate"; candidate: RTCIceCandidateInit }): void;
    destroy(error?: Error): void;
    /** Undefined when its constructor threw, null once destroyed. */
    readonly _pc: RTCPeerConnection | null | undefined;
    readonly _channel: RTCDataChannel | null;
    _setupData(event: { readonly channel: RTCDataChannel }): void;
    _onChannelMessage(event: { readonly data: unknown }): void;
    _onChannelOpen(): void;
    _onConnectionStateChange(): void;
    _onIceStateChange(): void;
    _onTrack(): void;
    _addIceCandidate(candidate: RTCIceCandidateInit): void;
    _createOffer(): void;
    _createAnswer(): void;
    _onIceCandidate(event: { readonly candidate: RTCIceCandidate | null }): void;
  }

  // biome-ignore lint/style/noDefaultExport: what the package exports is not ours to choose.
  export default SimplePeer;
}
