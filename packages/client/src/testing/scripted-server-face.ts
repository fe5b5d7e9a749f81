import type {
  ClientBody,
  ClientEvent,
  Crowd,
  ErrorBody,
  ErrorCode,
  Hello,
  IceGrant,
  IceServer,
  RoomEndReason,
  RoomView,
  ServerBody,
  ServerEvent,
  SessionState,
  Signal,
} from "@serendip/protocol";
import type { Cancel } from "@serendip/time";
import type { RequestLost, SignalingSocket, SocketHandlers } from "../signaling/signaling-socket.port.ts";
import type { Way } from "../signaling/ways.machine.ts";
import type { RequestLimits } from "./request-limits.ts";
import type { AckBehaviour, ScriptedAcks, ScriptedLanes } from "./scripted-signals.ts";
import type { SocketBehaviour, WayBehaviour } from "./socket-behaviour.ts";

/** One line of a page; a socket once a hello was said over it. */
export interface FakeLine {
  readonly way: Way;
  readonly handlers: SocketHandlers;
  readonly pending: Set<(error: RequestLost) => void>;
  open: boolean;
  welcomed: boolean;
  /** The network lets nothing through to the page any more. */
  deaf: boolean;
  /** Of the timer that runs until a hello is said (SPEC W12), and again while it is deaf. */
  cancel: Cancel;
  readonly acks: ScriptedAcks;
}

export interface FakeSocket extends FakeLine {
  hello: Hello;
}

export interface Sent {
  readonly event: ClientEvent;
  readonly body: unknown;
  /** It asked for no acknowledgement of its own (SPEC R20). */
  readonly isBare?: true;
}

/** What the server answers instead of the usual: an error, or nothing at all. */
export type Answer = ErrorCode | ErrorBody | "never";

/** The signaling server as one person's page sees it; a test plays the server and the partner. */
export interface ScriptedServer extends SignalingSocket {
  behaviour: SocketBehaviour;
  /** What lies between page and server, by the way; a change counts for new lines. */
  readonly ways: Record<Way, WayBehaviour>;
  /** What the server holds of the person. */
  state: SessionState;
  /** How many people there are, as the server's answers say. */
  crowd: Crowd;
  tokenExpiresInMs: number;
  retryWindowMs: number;
  /** False: an older server, which acknowledges each signal. */
  cumulativeAcks: boolean;
  acks: AckBehaviour;
  /** What has become of the page's signals. */
  readonly signals: ScriptedLanes;
  /** What everybody may use. */
  iceServers: readonly IceServer[];
  /** What each grant says; undefined: the server grants nothing beyond that. */
  grant: IceGrant | undefined;
  /** On which hello was said, in that order. */
  readonly sockets: readonly FakeSocket[];
  /** The way of each line that was dialled, in that order. */
  readonly dialled: readonly Way[];
  /** Everything the page sent, in order. */
  readonly sent: readonly Sent[];
  bodies<Event extends ClientEvent>(event: Event): readonly ClientBody<Event>[];
  answer(event: ClientEvent, answer: Answer | "usual"): void;
  readonly limits: RequestLimits;
  openSockets(): number;
  /** The largest number of sockets that were ever open at a time. */
  mostOpen(): number;
  /** From now on nothing comes through any line of that way, whether it is open or will be. */
  fallSilent(way: Way): void;
  emit<Event extends ServerEvent>(event: Event, body: ServerBody<Event>): void;
  /** Puts the waiting person into a room. */
  match(view?: Partial<RoomView>): RoomView;
  requeue(reason?: ServerBody<"requeued">["reason"]): void;
  partnerAway(graceMs: number): void;
  partnerBack(change?: { readonly generation?: number; readonly role?: RoomView["role"] }): void;
  partnerLeaves(reason?: RoomEndReason): void;
  /** From the partner, numbered for the room's present generation unless said otherwise. */
  signal(sequence: number, signal: Signal, generation?: number): void;
  bye(code: ServerBody<"bye">["code"], delayMs?: number): void;
  /** The network takes the connection away. */
  drop(): void;
}
