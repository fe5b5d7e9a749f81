import type { IceServer, PartnerMedia, Signal } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { ChatError, FailedBy, MediaKind } from "../words/chat-error.ts";
import { PROBLEMS } from "../words/problems.ts";
import type { RoomRef } from "../words/room-ref.ts";
import type { Ahead } from "./ahead.port.ts";
import type { PeerHandlers, PeerLink, PeerLinks, PeerReading } from "./peer-link.port.ts";

/** What the current peer connection tells; `room` says which negotiation it was made for. */
export interface PeerListener {
  onSignal(room: RoomRef, signal: Signal): void;
  onStream(stream: MediaStream | undefined): void;
  onPartnerMedia(media: PartnerMedia): void;
  onPath(room: RoomRef): void;
  onConnected(room: RoomRef): void;
  onInterrupted(room: RoomRef): void;
  onPartnerClosed(room: RoomRef): void;
  onWornOut(room: RoomRef): void;
  onMisused(room: RoomRef): void;
  onFailed(room: RoomRef, error: ChatError, by?: FailedBy): void;
}

/** Holds at most one peer connection. */
export interface Peer {
  supported(): boolean;
  /** Whether connections can be opened from now on; false where the code for that cannot be loaded. Never rejects. */
  ready(): Promise<boolean>;
  /** Who hears of connections from now on. */
  listen(listener: PeerListener): void;
  /** Closes the one before first. */
  open(options: {
    readonly room: RoomRef;
    readonly iceServers: readonly IceServer[];
    readonly stream: MediaStream | undefined;
  }): void;
  /** See `PeerLinks`. */
  makeAhead(ahead: Ahead | undefined): void;
  /** For the current connection; nothing when there is none. */
  signal(signal: Signal): void;
  replaceTrack(kind: MediaKind, track: MediaStreamTrack | undefined): void;
  /** See `PeerLink`; nothing when there is no connection. */
  restartIce(tell: "partner" | "nobody"): void;
  pausePicture(): void;
  resumePicture(): void;
  /** Undefined when there is nothing to read. Never rejects. */
  read(): Promise<PeerReading | undefined>;
  /** For the next ICE restart of the current connection; `servers` says which a connection like it gets. */
  renewIceServers(servers: (relayOnly: boolean) => readonly IceServer[]): void;
  /** Tells the partner of this connection and of those to come what this side sends. */
  tellMedia(media: PartnerMedia): void;
  close(): void;
}

/** One opened connection; what a closed one still says is not heard. */
interface Holding {
  readonly relayOnly: boolean;
  link: PeerLink | undefined;
  /** The partner has closed it; the listener has yet to hear so. */
  closed: Cancel | undefined;
}

/**
 * A partner who leaves closes the connection and tells the server. The former is heard first as often as not, and
 * alone it looks like a lost connection: nobody should be alarmed by it before the server's word had time to come.
 */
export const PARTNER_CLOSED_AFTER_MS = 500;

/** Hears nothing. */
const NOBODY: PeerListener = {
  onSignal: () => {},
  onStream: () => {},
  onPartnerMedia: () => {},
  onPath: () => {},
  onConnected: () => {},
  onInterrupted: () => {},
  onPartnerClosed: () => {},
  onWornOut: () => {},
  onMisused: () => {},
  onFailed: () => {},
};

export function createPeer(links: PeerLinks, clock: Pick<Clock, "after">): Peer {
  let listener = NOBODY;
  let current: Holding | undefined;
  let told: PartnerMedia = { camera: false, microphone: false };

  const close = (): void => {
    const closing = current;
    current = undefined;
    if (!closing) return;
    closing.closed?.();
    closing.link?.close();
    listener.onStream(undefined);
  };

  return {
    supported: () => links.supported(),
    ready: () =>
      links.ready().then(
        () => true,
        () => false,
      ),
    listen: (next) => {
      listener = next;
    },
    open({ room, iceServers, stream }) {
      close();
      const { relayOnly = false } = room;
      const holding: Holding = { relayOnly, link: undefined, closed: undefined };
      current = holding;
      const whileCurrent = (run: () => void): void => {
        if (current === holding) run();
      };
      const handlers: PeerHandlers = {
        onSignal: (signal) => whileCurrent(() => listener.onSignal(room, signal)),
        onPath: () => whileCurrent(() => listener.onPath(room)),
        onConnected: () => whileCurrent(() => listener.onConnected(room)),
        onStream: (remote) => whileCurrent(() => listener.onStream(remote)),
        onPartnerMedia: (media) => whileCurrent(() => listener.onPartnerMedia(media)),
        onInterrupted: () => whileCurrent(() => listener.onInterrupted(room)),
        onPartnerClosed: () =>
          whileCurrent(() => {
            holding.closed ??= clock.after(PARTNER_CLOSED_AFTER_MS, () => listener.onPartnerClosed(room));
          }),
        onWornOut: () => whileCurrent(() => listener.onWornOut(room)),
        onMisused: () => whileCurrent(() => listener.onMisused(room)),
        onFailed: (error, by) => whileCurrent(() => listener.onFailed(room, error, by)),
      };
      try {
        const link = links.open({ role: room.role, iceServers, stream, relayOnly }, handlers);
        if (current === holding) {
          holding.link = link;
          link.tellMedia(told);
        } else link.close();
      } catch (cause) {
        whileCurrent(() => listener.onFailed(room, { ...PROBLEMS.peerFailed, cause }));
      }
    },
    makeAhead: (ahead) => links.makeAhead(ahead),
    restartIce: (tell) => current?.link?.restartIce(tell),
    pausePicture: () => current?.link?.pausePicture(),
    resumePicture: () => current?.link?.resumePicture(),
    renewIceServers: (servers) => current?.link?.useIceServers(servers(current.relayOnly)),
    signal: (signal) => current?.link?.signal(signal),
    replaceTrack: (kind, track) => current?.link?.replaceTrack(kind, track),
    tellMedia(media) {
      if (JSON.stringify(media) === JSON.stringify(told)) return;
      told = media;
      current?.link?.tellMedia(media);
    },
    read: () => current?.link?.read() ?? Promise.resolve(undefined),
    close,
  };
}
