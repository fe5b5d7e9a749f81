import type { GivenIceServer } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { IceGatherer } from "../ice/ice-gatherer.port.ts";
import type { StunProbe } from "../ice/stun-probe.port.ts";
import type { MediaSource } from "../media/media-source.port.ts";
import type { PeerLinks } from "../peer/peer-link.port.ts";
import type { Readiness } from "../signaling/readiness.port.ts";
import type { SignalingSocket } from "../signaling/signaling-socket.port.ts";
import type { TokenSource } from "../signaling/token-source.port.ts";
import type { NetworkHints } from "../tab/network-hints.port.ts";
import type { TabStorage } from "../tab/tab-storage.port.ts";
import type {
  ChatActions,
  ChatDiagnostics,
  ChatEvents,
  ChatSnapshot,
  ChatStatus,
} from "../words/chat-snapshot.ts";
import type { Log, Unsubscribe } from "../words/log.ts";

/** The outside world, as the engine sees it. */
export interface EnginePorts {
  readonly socket: SignalingSocket;
  readonly tokens: TokenSource;
  readonly peers: PeerLinks;
  readonly media: MediaSource;
  readonly storage: TabStorage;
  readonly hints: NetworkHints;
  readonly gatherer: IceGatherer;
  readonly readiness: Readiness;
  readonly stun: StunProbe;
  readonly clock: Clock;
  /** The system's, for what the page's next document has to understand. It can be set, and goes on while a computer sleeps. */
  readonly systemClock: Pick<Clock, "now">;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

export interface EngineOptions {
  /** Pause between a partner's leaving and the next search; 3,000 by default. */
  readonly autoNextMs?: number;
  /** ICE servers that stand in for a kind, STUN or TURN, that the signaling server does not offer (SPEC K18). */
  readonly iceServers?: readonly GivenIceServer[];
}

/** How a wait for a phase ended. */
export type PhaseWait =
  | { readonly ok: true; readonly status: ChatStatus }
  | { readonly ok: false; readonly code: "timeout" | "failed" | "disposed" };

/**
 * One person's chat. Making one has no effect. The first `subscribe` (or `start`) looks into the tab's memory: when a reload
 * interrupted a search or a call, it goes on by itself; otherwise nothing is opened, asked or written before an action (SPEC
 * S12, S13).
 *
 * `getSnapshot` and `subscribe` need no `this` and stay the same, as React's `useSyncExternalStore` wants them.
 */
export interface VideoChat extends ChatActions {
  getSnapshot(): ChatSnapshot;
  /** `run` is called after each change of the snapshot. */
  subscribe(run: () => void): Unsubscribe;
  on<Event extends keyof ChatEvents>(event: Event, run: (value: ChatEvents[Event]) => void): Unsubscribe;
  /** As `on`, for the first occurrence only. */
  once<Event extends keyof ChatEvents>(event: Event, run: (value: ChatEvents[Event]) => void): Unsubscribe;
  /**
   * The confirmation of an action: resolves when the chat is in one of `phases`, or cannot get there (`failed`), or
   * `limitMs` (30,000 by default) have passed. Never rejects.
   */
  whenPhase(phases: readonly ChatStatus["phase"][], limitMs?: number): Promise<PhaseWait>;
  getStatus(): ChatDiagnostics;
  /**
   * Ends the chat as `stop` does and lets go of all listeners. A resumption that has not begun yet stays possible for
   * the tab's next chat. Afterwards only a new `subscribe` or `start` brings the chat back to life.
   */
  dispose(): void;
}
