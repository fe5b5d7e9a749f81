import {
  RequestLost,
  type ServerMessage,
  type SignalingConnection,
  type SignalingSocket,
  type SocketHandlers,
} from "@serendip/client";
import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  ErrorBody,
  type SignalEnvelope,
  TIMES,
} from "@serendip/protocol";
import { ORIGIN } from "../../page/mint.ts";
import { argumentsOf, SocketIoLine } from "../wire/socket-io-line.ts";

type Way = Parameters<SignalingSocket["open"]>[0];

/** The page's port to the network, over lines that cost the load little. Who turns to polling finds that it does not work. */
export function lightSocket(target: { readonly port: number; readonly from: string }): SignalingSocket {
  return {
    open: (way: Way, handlers) =>
      way === "polling" ? new NoLine(handlers) : new LightLine(target, handlers),
  };
}

class NoLine implements SignalingConnection {
  #isOver = false;

  constructor(handlers: SocketHandlers) {
    setImmediate(() => {
      if (!this.#isOver) handlers.onClosed("there is no polling here", "closed");
    });
  }

  greet(): void {}

  request<Event extends ClientEvent>(event: Event): Promise<ClientReply<Event>> {
    return Promise.reject(new RequestLost(event));
  }

  sendSignal(): void {}

  tell(): void {}

  close(): void {
    this.#isOver = true;
  }
}

class LightLine implements SignalingConnection {
  readonly #handlers: SocketHandlers;
  readonly #line: SocketIoLine;
  readonly #waiting = new Set<(lost: RequestLost) => void>();
  #isWelcome = false;
  #isOver = false;

  constructor({ port, from }: { readonly port: number; readonly from: string }, handlers: SocketHandlers) {
    this.#handlers = handlers;
    this.#line = new SocketIoLine(
      { port, headers: { Origin: ORIGIN, "X-Forwarded-For": from } },
      {
        onOpen: () => handlers.onOpen(),
        onConnected: () => undefined,
        onEvent: (packet) => this.#heard(packet),
        onRefused: (body) => this.#refused(body),
        onClosed: (reason) => this.#end(() => handlers.onClosed(reason, "closed")),
      },
    );
  }

  greet(hello: Parameters<SignalingConnection["greet"]>[0]): void {
    this.#line.greet(hello);
  }

  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>> {
    return new Promise((resolve, reject) => {
      if (this.#isOver) return reject(new RequestLost(`${event}: the connection is closed.`));
      const lose = (lost: RequestLost): void => {
        clearTimeout(timer);
        this.#waiting.delete(lose);
        reject(lost);
      };
      const timer = setTimeout(() => lose(new RequestLost(`${event}: no answer.`)), TIMES.replyMs);
      this.#waiting.add(lose);
      this.#line.ask(event, body, (answer) => {
        clearTimeout(timer);
        this.#waiting.delete(lose);
        resolve(answer as ClientReply<Event>);
      });
    });
  }

  sendSignal(envelope: SignalEnvelope): void {
    this.#line.emit("signal", envelope);
  }

  tell<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): void {
    this.#line.ask(event, body, () => undefined);
  }

  close(): void {
    this.#end(() => undefined);
  }

  #heard(packet: Buffer): void {
    if (this.#isOver) return;
    const [event, body] = argumentsOf(packet);
    if (event === "probe") {
      this.#line.answer(packet, {});
      return;
    }
    if (event === "welcome") this.#isWelcome = true;
    // The server's own words: their schemas are proved elsewhere, and reading them here would be the load's time.
    if (this.#isWelcome || event === "bye") this.#handlers.onMessage({ event, body } as ServerMessage);
  }

  #refused(text: string): void {
    const { data } = JSON.parse(text) as { data?: unknown };
    const refusal = ErrorBody.safeParse(data);
    this.#end(() => {
      if (refusal.success) this.#handlers.onRefused(refusal.data);
      else this.#handlers.onClosed(text, "closed");
    });
  }

  #end(report: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#line.drop();
    for (const lose of [...this.#waiting]) lose(new RequestLost("The connection was closed."));
    report();
  }
}
