import type {
  ClientBody,
  ClientEvent,
  ClientReply,
  ErrorBody,
  Hello,
  ServerBody,
  ServerEvent,
} from "@serendip/protocol";

/** One event of the signaling server, already parsed by its schema. */
export type ServerMessage = {
  [Event in ServerEvent]: { readonly event: Event; readonly body: ServerBody<Event> };
}[ServerEvent];

/** What happens to one connection attempt and the connection that comes of it. */
export interface SocketHandlers {
  /** Anything but `welcome` that arrives before the first welcome is not delivered. */
  onMessage(message: ServerMessage): void;
  /** The hello was refused. The socket is closed. */
  onRefused(error: ErrorBody): void;
  /** The connection could not be made, or was lost. The socket is closed. Called at most once, and not after `close`. */
  onClosed(reason: string): void;
}

/** One connection to the signaling server; used once, never reopened. */
export interface SignalingConnection {
  /**
   * Resolves with the server's reply, whatever it says; rejects with `RequestLost` when the connection closed or
   * no reply came in `TIMES.replyMs`.
   */
  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>>;
  /** Hands over a last word without waiting for an answer; for use while the page is being unloaded. */
  tell<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): void;
  /** To the server a lost connection, not a goodbye. No handler is called afterwards. */
  close(): void;
}

/** Opens connections to one signaling server. */
export interface SignalingSocket {
  open(hello: Hello, handlers: SocketHandlers): SignalingConnection;
}

/** The request got no answer: it may or may not have taken effect (so repeat it with the same `requestId`). */
export class RequestLost extends Error {
  readonly code = "request-lost";
}
