/// <reference path="./simple-peer.d.ts" />
import SimplePeer from "simple-peer";
import { isNegotiationFault } from "./peer-error.browser.ts";

/** Whether this browser has RTCPeerConnection at all. */
export const callsSupported = (): boolean => SimplePeer.WEBRTC_SUPPORT;

/** What simple-peer takes its classes from, where it should use a connection that is there already. */
export const handingOver = (connection: RTCPeerConnection) => ({
  // A constructor that returns an object makes that one.
  RTCPeerConnection: function handOver() {
    return connection;
  } as unknown as typeof RTCPeerConnection,
  RTCSessionDescription: globalThis.RTCSessionDescription,
  RTCIceCandidate: globalThis.RTCIceCandidate,
});

/**
 * simple-peer without its ways of ending a call that could go on, and deaf to what a partner could misuse. What it costs
 * to have it is told in `docs/decisions`.
 *
 * Its base constructor calls some of these methods, so they must not use fields of their own before they return.
 */
export class LastingPeer extends SimplePeer {
  beforeAnswer: () => void = () => {};
  onChannelOpen: () => void = () => {};
  onChannelMessage: (data: unknown) => void = () => {};
  /** The partner has opened a channel that no page opens; it is closed again. */
  onSpareChannel: () => void = () => {};
  onCandidate: (candidate: RTCIceCandidate) => void = () => {};
  onNegotiationFault: (error: Error) => void = () => {};
  /** Initiator: the first offer waits for `offerNow`. To be set right after the constructor. */
  offerWaits = false;
  #offerDue = false;
  #everConnected = false;

  /**
   * Makes an offer with new ICE credentials the local description, in place of one that has no answer yet (RFC 8829
   * sections 4.1.8.1 and 4.1.18), and returns its SDP.
   *
   * Past simple-peer's `negotiate`, which waits for ever once an answer is lost.
   */
  async offerRestart(): Promise<string | undefined> {
    const pc = this._pc;
    if (!pc) return undefined;
    pc.restartIce();
    await pc.setLocalDescription();
    return pc.localDescription?.sdp;
  }

  offerNow(): void {
    this.offerWaits = false;
    if (this.#offerDue) super._createOffer();
    this.#offerDue = false;
  }

  override _createOffer(): void {
    if (this.offerWaits) this.#offerDue = true;
    else super._createOffer();
  }

  // Left alone, `failed` destroys the connection and its last picture, and no ICE restart could bring it back.
  override _onConnectionStateChange(): void {
    if (this._pc?.connectionState === "connected") this.#everConnected = true;
  }

  override _onIceStateChange(): void {
    if (this._pc?.iceConnectionState !== "failed") super._onIceStateChange();
  }

  override _onTrack(): void {}

  // simple-peer leaves out the user name fragment, which tells the candidates of one ICE restart from those of another, and
  // starts a timer that only matters to those who wait for all candidates.
  override _onIceCandidate({ candidate }: { readonly candidate: RTCIceCandidate | null }): void {
    if (candidate) this.onCandidate(candidate);
  }

  // simple-peer would keep what is not read as a stream in memory.
  override _onChannelMessage(event: { readonly data: unknown }): void {
    this.onChannelMessage(event.data);
  }

  override _onChannelOpen(): void {
    super._onChannelOpen();
    this.onChannelOpen();
  }

  override _setupData(event: { readonly channel: RTCDataChannel }): void {
    if (!this._channel) {
      super._setupData(event);
      return;
    }
    event.channel.close();
    this.onSpareChannel();
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
    if (error && isNegotiationFault(error) && this.#everConnected) {
      this.onNegotiationFault(error);
      return;
    }
    super.destroy(error);
  }
}
