import {
  CLIENT_EVENTS,
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  ErrorBody,
  type Hello,
  PAGE_HEADER,
  SERVER_EVENTS,
  type ServerEvent,
  type ServerToClientEvents,
  type SignalEnvelope,
  TIMES,
} from "@serendip/protocol";
import { io, type Socket } from "socket.io-client";
import type { Log } from "../words/log.ts";
import { AbortablePolling } from "./polling-transport.browser.ts";
import {
  RequestLost,
  type ServerMessage,
  type SignalingConnection,
  type SignalingSocket,
  type SocketHandlers,
} from "./signaling-socket.port.ts";
import type { Way } from "./ways.machine.ts";

/** Options of `socketIoSocket`. */
export interface SocketIoSocketOptions {
  /** Where the signaling service is, for example `https://signal.example.org`; a path is kept. */
  readonly url: string;
  readonly log: Log;
  /** A connection has to be open within this time, milliseconds. */
  readonly connectMs?: number;
  /** A request has to be answered within this time, milliseconds. */
  readonly replyMs?: number;
}

/**
 * `SignalingSocket` over Socket.IO, whose own reconnecting is off, and so is its choice of a transport, which waits for an error:
 * the engine decides when to try again, and which way.
 */
export function socketIoSocket(options: SocketIoSocketOptions): SignalingSocket {
  return { open: (way, handlers) => new SocketIoConnection(options, way, handlers) };
}

class SocketIoConnection implements SignalingConnection {
  readonly #socket: Socket;
  readonly #handlers: SocketHandlers;
  readonly #log: Log;
  readonly #replyMs: number;
  /** Rejects what still waits for an answer. */
  readonly #waiting = new Set<(lost: RequestLost) => void>();
  /** Sends the hello; there once the line is open. */
  #sayHello: ((hello: Hello) => void) | undefined;
  #welcomed = false;
  #over = false;

  constructor(options: SocketIoSocketOptions, way: Way, handlers: SocketHandlers) {
    this.#handlers = handlers;
    this.#log = options.log;
    this.#replyMs = options.replyMs ?? TIMES.replyMs;
    const { origin, path } = endpointOf(options.url);
    this.#socket = io(origin, {
      path,
      // Asked for when the line is open.
      auth: (say) => {
        this.#sayHello = say;
        if (!this.#over) handlers.onOpen();
      },
      autoConnect: false,
      forceNew: true,
      reconnection: false,
      timeout: options.connectMs ?? 10_000,
      transports: way === "polling" ? [AbortablePolling] : ["websocket"],
      upgrade: false,
      // Only for the page's own origin: elsewhere it would need a preflight, and Origin is there.
      ...(origin === globalThis.location?.origin
        ? { transportOptions: { polling: { extraHeaders: { [PAGE_HEADER]: "1" } } } }
        : {}),
    });
    this.#socket.on("probe", answerProbe);
    this.#socket.onAny((event: string, body: unknown) => this.#onEvent(event, body));
    this.#socket.on("disconnect", (reason) => {
      this.#hearEarlyBye();
      const end = reason === "ping timeout" ? "silent" : "closed";
      this.#finish(() => handlers.onClosed(reason, end));
    });
    this.#socket.on("connect_error", (error) => this.#onConnectError(error));
    this.#socket.connect();
  }

  greet(hello: Hello): void {
    const say = this.#sayHello;
    this.#sayHello = undefined;
    if (!this.#over) say?.(hello);
  }

  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        reject(new RequestLost(`${event}: the connection is closed.`));
        return;
      }
      this.#waiting.add(reject);
      this.#socket.timeout(this.#replyMs).emit(event, body, (lost: Error | null, answer: unknown) => {
        // Gone from the set: already rejected, because the connection closed.
        if (!this.#waiting.delete(reject)) return;
        if (lost) {
          reject(new RequestLost(`${event}: no answer.`, { cause: lost }));
          return;
        }
        const reply = CLIENT_EVENTS[event].reply.safeParse(answer);
        if (reply.success) resolve(reply.data as ClientReply<Event>);
        else {
          this.#log.warn("Unreadable reply", { event, fault: reply.error.message });
          reject(new RequestLost(`${event}: the answer is unreadable.`, { cause: reply.error }));
        }
      });
    });
  }

  tell<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): void {
    // The protocol wants an acknowledgement for this, also where nobody waits for it.
    if (!this.#over) this.#socket.emit(event, body, () => {});
  }

  sendSignal(envelope: SignalEnvelope): void {
    if (!this.#over) this.#socket.emit("signal", envelope);
  }

  close(): void {
    this.#finish(() => {});
  }

  #onEvent(event: string, body: unknown): void {
    if (this.#over || event === "probe") return;
    const message = readMessage(event, body);
    if (message === undefined) {
      this.#log.warn("Unreadable event", { event });
      return;
    }
    if (message.event === "welcome") this.#welcomed = true;
    // Who is not let in hears a bye in place of the welcome.
    if (this.#welcomed || message.event === "bye") this.#handlers.onMessage(message);
    else this.#log.warn("Event before the welcome", { event });
  }

  /** Socket.IO keeps back what comes before the hello has been answered; a connection that ends then has only a bye in it. */
  #hearEarlyBye(): void {
    for (const [event, body] of this.#socket.receiveBuffer) this.#onEvent(String(event), body);
  }

  #onConnectError(error: Error & { readonly data?: unknown }): void {
    const refusal = ErrorBody.safeParse(error.data);
    this.#finish(() => {
      if (refusal.success) this.#handlers.onRefused(refusal.data);
      else this.#handlers.onClosed(error.message, error.message === "timeout" ? "silent" : "closed");
    });
  }

  #finish(report: () => void): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket.offAny();
    this.#socket.off();
    // Closed below Socket.IO, whose own goodbye means to the server that the person leaves (SPEC G1): that is said with `leave`.
    const { engine } = this.#socket.io;
    engine?.close();
    if (engine?.transport instanceof AbortablePolling) engine.transport.endSoon();
    this.#socket.disconnect();
    for (const reject of this.#waiting) reject(new RequestLost("The connection was closed."));
    this.#waiting.clear();
    report();
  }
}

/** That this page runs and is heard is all that there is to say (SPEC G7). */
const answerProbe: ServerToClientEvents["probe"] = (_body, reply) => {
  // Not every server is ours.
  if (typeof reply === "function") reply({});
};

/** Socket.IO takes a path in the address for the name of a namespace; a service behind a path prefix is meant. */
function endpointOf(url: string): { readonly origin: string; readonly path: string } {
  const endpoint = "/socket.io/";
  try {
    const { origin, pathname } = new URL(url, globalThis.location?.href);
    return { origin, path: `${pathname.replace(/\/+$/, "")}${endpoint}` };
  } catch {
    // Not an address at all: the attempt fails like one to a server that is not there.
    return { origin: url, path: endpoint };
  }
}

/** The one place that reads what the server sends; undefined for what this version of the protocol does not know. */
function readMessage(event: string, body: unknown): ServerMessage | undefined {
  if (!isServerEvent(event)) return undefined;
  const parsed = SERVER_EVENTS[event].safeParse(body);
  return parsed.success ? ({ event, body: parsed.data } as ServerMessage) : undefined;
}

const isServerEvent = (event: string): event is ServerEvent => Object.hasOwn(SERVER_EVENTS, event);
