import type {
  ClientBody,
  ClientEvent,
  ClientReply,
  ErrorBody,
  Hello,
  ServerBody,
  ServerEvent,
  SignalEnvelope,
} from "@serendip/protocol";
import type { LineEnd, Way } from "./ways.machine.ts";

/** One event of the signaling server, already parsed by its schema. */
export type ServerMessage = {
  [Event in ServerEvent]: { readonly event: Event; readonly body: ServerBody<Event> };
}[ServerEvent];

/** What happens to one line and the connection that comes of it. */
export interface SocketHandlers {
  /** The line is open: the hello can be said. Called at most once, and never before `open` has returned. */
  onOpen(): void;
  /** Anything but `welcome` that arrives before the first welcome is not delivered. */
  onMessage(message: ServerMessage): void;
  /** The hello was refused. The socket is closed. */
  onRefused(error: ErrorBody): void;
  /** The line could not be opened, or was lost. The socket is closed. Called at most once, and not after `close`. */
  onClosed(reason: string, end: LineEnd): void;
}

/** One connection to the signaling server; used once, never reopened. */
export interface SignalingConnection {
  /** Says hello, once the line is open. */
  greet(hello: Hello): void;
  /**
   * Resolves with the server's reply, whatever it says; rejects with `RequestLost` when the connection closed or
   * no reply came in `TIMES.replyMs`.
   */
  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>>;
  /** Sends a signal that the server acknowledges together with others (SPEC R20); nothing on a closed connection. */
  sendSignal(envelope: SignalEnvelope): void;
  /** Hands over a last word without waiting for an answer; for use while the page is being unloaded. */
  tell<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): void;
  /** To the server a lost connection, not a goodbye. No handler is called afterwards. */
  close(): void;
}

/** Opens lines to one signaling server, each by the one way that is named. */
export interface SignalingSocket {
  open(way: Way, handlers: SocketHandlers): SignalingConnection;
}

/** The request got no answer: it may or may not have taken effect (so repeat it with the same `requestId`). */
export class RequestLost extends Error {
  readonly code = "request-lost";
}
