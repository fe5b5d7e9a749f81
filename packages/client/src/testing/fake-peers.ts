import type { IceServer, PartnerMedia, Signal } from "@serendip/protocol";
import type { Ahead } from "../peer/ahead.port.ts";
import type { PeerHandlers, PeerLinks, PeerOptions, PeerReading } from "../peer/peer-link.port.ts";
import type { MediaKind } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import { fakeStream } from "./fake-media.ts";

/** How peer connections behave; read at each opening. */
export interface PeerBehaviour {
  /** What becomes of a connection by itself, a moment after it was opened. */
  readonly outcome: "connects" | "hangs" | "fails" | "throws";
  readonly supported: boolean;
  /** The code of connections: there, under way, or not to be had. */
  readonly code?: "there" | "loading" | "missing";
}

export const PEER_CONNECTS: PeerBehaviour = { outcome: "connects", supported: true };
/** Nothing happens until the test says so. */
export const PEER_NEVER_CONNECTS: PeerBehaviour = { outcome: "hangs", supported: true };
export const PEER_FAILS: PeerBehaviour = { outcome: "fails", supported: true };
export const PEER_THROWS: PeerBehaviour = { outcome: "throws", supported: true };
export const PEER_CODE_MISSING: PeerBehaviour = { outcome: "throws", supported: true, code: "missing" };
export const PEER_CODE_LOADING: PeerBehaviour = { outcome: "throws", supported: true, code: "loading" };
export const PEER_UNSUPPORTED: PeerBehaviour = { outcome: "hangs", supported: false };

/** One peer connection of a test, with its handlers to play the browser's part. */
export interface FakePeer {
  readonly options: PeerOptions;
  readonly handlers: PeerHandlers;
  readonly received: readonly Signal[];
  readonly replaced: readonly {
    readonly kind: MediaKind;
    readonly track: MediaStreamTrack | undefined;
  }[];
  /** What the partner was told of this side's media, the newest last. */
  readonly told: readonly PartnerMedia[];
  /** What became of the picture that is sent, the newest last. */
  readonly picture: readonly ("paused" | "resumed")[];
  /** The ICE restarts that were begun, the newest last, each with whom it was told. */
  readonly restarts: readonly ("partner" | "nobody")[];
  /** The servers in use: those of the opening until there are newer ones. */
  iceServers: readonly IceServer[];
  /** What the next reading says; undefined: nothing to read. */
  reading: PeerReading | undefined;
  closed: boolean;
}

/** A connection over which nothing has come yet. */
export const NOTHING_READ: PeerReading = {
  bytesReceived: 0,
  bytesSent: 0,
  bytesOf: "transport",
  packetsReceived: 0,
  packetsLost: 0,
  framesDecoded: 0,
  audioEnergy: 0,
  roundTripMs: undefined,
  route: undefined,
};

export interface FakePeers extends PeerLinks {
  behaviour: PeerBehaviour;
  /** The connection that is made ahead. */
  readonly ahead: Ahead | undefined;
  /** Every wish for one, the newest last. */
  readonly aheads: readonly (Ahead | undefined)[];
  /** The code comes that was under way. */
  arrive(): void;
  /** Every connection that was ever opened, the newest last. */
  readonly opened: readonly FakePeer[];
  /** The newest one that is open. */
  current(): FakePeer | undefined;
  openCount(): number;
  /** How often one was asked for, those included that could not be made. */
  readonly asked: number;
  /** The largest number that was ever open at a time. */
  mostOpen(): number;
}

export function fakePeers(behaviour: PeerBehaviour = PEER_CONNECTS): FakePeers {
  const opened: FakePeer[] = [];
  let most = 0;
  let asked = 0;
  let ahead: Ahead | undefined;
  const aheads: (Ahead | undefined)[] = [];
  let waiting: (() => void)[] = [];
  const openOnes = () => opened.filter(({ closed }) => !closed);

  const peers: FakePeers = {
    behaviour,
    aheads,
    get ahead() {
      return ahead;
    },
    get asked() {
      return asked;
    },
    opened,
    current: () => openOnes().at(-1),
    openCount: () => openOnes().length,
    mostOpen: () => most,
    supported: () => peers.behaviour.supported,
    ready() {
      const { code = "there" } = peers.behaviour;
      if (code === "there") return Promise.resolve();
      if (code === "missing") return Promise.reject(new Error("the file is gone"));
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    arrive() {
      peers.behaviour = { ...peers.behaviour, code: "there" };
      for (const run of waiting) run();
      waiting = [];
    },
    makeAhead(next) {
      ahead = next;
      aheads.push(next);
    },
    open(options, handlers) {
      ahead = undefined;
      asked += 1;
      const { outcome } = peers.behaviour;
      if (outcome === "throws") throw new Error("RTCPeerConnection refused its configuration");
      const received: Signal[] = [];
      const replaced: FakePeer["replaced"][number][] = [];
      const told: PartnerMedia[] = [];
      const restarts: FakePeer["restarts"][number][] = [];
      const picture: FakePeer["picture"][number][] = [];
      const peer: FakePeer = {
        options,
        handlers,
        received,
        replaced,
        told,
        restarts,
        picture,
        iceServers: options.iceServers,
        reading: NOTHING_READ,
        closed: false,
      };
      opened.push(peer);
      most = Math.max(most, openOnes().length);
      queueMicrotask(() => {
        if (peer.closed) return;
        if (outcome === "connects") {
          handlers.onStream(fakeStream());
          handlers.onConnected();
        }
        if (outcome === "fails") handlers.onFailed(PROBLEMS.peerFailed);
      });
      return {
        signal: (signal) => received.push(signal),
        replaceTrack: (kind, track) => replaced.push({ kind, track }),
        tellMedia: (media) => told.push(media),
        pausePicture: () => picture.push("paused"),
        resumePicture: () => picture.push("resumed"),
        restartIce: (tell) => {
          restarts.push(tell);
          if (tell === "partner" && options.role === "responder") handlers.onSignal({ kind: "restart" });
        },
        useIceServers: (iceServers) => {
          peer.iceServers = iceServers;
        },
        read: () => Promise.resolve(peer.closed ? undefined : peer.reading),
        close: () => {
          peer.closed = true;
        },
      };
    },
  };
  return peers;
}
