import { randomUUID } from "node:crypto";
import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  type Hello,
  PROTOCOL_VERSION,
  type ServerBody,
  type ServerEvent,
  type SignalEnvelope,
  type Welcome,
} from "@serendip/protocol";
import { WebSocket } from "ws";
import { forwardedBy, HOST, ORIGIN, type Server } from "./mint.ts";

/** What a page hears besides answers. */
export type Hear = <Event extends ServerEvent>(event: Event, body: ServerBody<Event>) => void;

/**
 * A page without a browser that costs its machine little, so that the server is what is measured: Socket.IO over one WebSocket
 * (Socket.IO protocol 5, Engine.IO protocol 4).
 */
export interface Page {
  readonly welcome: Welcome;
  /** Rejects when the connection ends before the answer. */
  ask<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>>;
  isOpen(): boolean;
  close(): void;
}

interface Waiting {
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

/** Signals that the server acknowledges together (SPEC R20), of one generation: who is measured stays in one. */
function signalsTogether(send: (envelope: SignalEnvelope) => void) {
  let waiting: readonly (Waiting & { readonly sequence: number })[] = [];
  const settle = (isMeant: (sequence: number) => boolean, reply: unknown): void => {
    const meant = waiting.filter(({ sequence }) => isMeant(sequence));
    waiting = waiting.filter(({ sequence }) => !isMeant(sequence));
    for (const { resolve } of meant) resolve(reply);
  };
  return {
    ask: (envelope: SignalEnvelope) =>
      new Promise((resolve, reject) => {
        waiting = [...waiting, { sequence: envelope.sequence, resolve, reject }];
        send(envelope);
      }),
    acked: ({ upTo }: ServerBody<"acked">) => settle((sequence) => sequence <= upTo, { ok: true }),
    refused: ({ sequence, error }: ServerBody<"signal-refused">) =>
      settle((one) => one === sequence, { ok: false, error }),
    end(error: Error): void {
      for (const { reject } of waiting) reject(error);
      waiting = [];
    },
  };
}

const PATH = "/socket.io/?EIO=4&transport=websocket";

export const helloOf = (token: string, more: Partial<Hello> = {}): Hello => ({
  protocol: PROTOCOL_VERSION,
  token,
  tabId: randomUUID(),
  ...more,
});

/** Connects, says hello and resolves with the welcome. Rejects when the server does not let it in. */
export function arrive(server: Server, hello: Hello, hear: Hear = () => undefined): Promise<Page> {
  const socket = new WebSocket(`ws://${HOST}:${server.port}${PATH}`, {
    origin: ORIGIN,
    headers: forwardedBy(server),
    perMessageDeflate: false,
  });
  const waiting = new Map<number, Waiting>();
  const signals = signalsTogether((envelope) => socket.send(`42${JSON.stringify(["signal", envelope])}`));
  let asked = 0;
  let isTogether = false;

  const ask = (event: ClientEvent, body: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Error("the connection is closed"));
      if (event === "signal" && isTogether) return resolve(signals.ask(body as SignalEnvelope));
      asked += 1;
      waiting.set(asked, { resolve, reject });
      socket.send(`42${asked}${JSON.stringify([event, body])}`);
    });

  return new Promise((resolve, reject) => {
    const end = (why: string) => {
      const error = new Error(why);
      reject(error);
      for (const one of waiting.values()) one.reject(error);
      waiting.clear();
      signals.end(error);
      socket.terminate();
    };
    const takeEvent = (packet: string) => {
      const list = packet.indexOf("[");
      const [event, body] = JSON.parse(packet.slice(list)) as [ServerEvent | "probe", never];
      if (event === "probe") return socket.send(`43${packet.slice(2, list)}[{}]`);
      // A page's own type of answer goes with its event's name; the server's schemas are proved elsewhere.
      if (event === "acked") return signals.acked(body);
      if (event === "signal-refused") return signals.refused(body);
      if (event === "welcome") {
        isTogether = (body as Welcome).cumulativeAcks ?? false;
        resolve({
          welcome: body,
          ask: ask as Page["ask"],
          isOpen: () => socket.readyState === WebSocket.OPEN,
          close: () => socket.terminate(),
        });
      }
      hear(event, body);
    };
    const takeAnswer = (packet: string) => {
      const list = packet.indexOf("[");
      const id = Number(packet.slice(2, list));
      const [reply] = JSON.parse(packet.slice(list)) as [unknown];
      waiting.get(id)?.resolve(reply);
      waiting.delete(id);
    };
    socket.on("message", (data: Buffer) => {
      const packet = data.toString();
      if (packet.startsWith("42")) takeEvent(packet);
      else if (packet.startsWith("43")) takeAnswer(packet);
      else if (packet.startsWith("2")) socket.send("3");
      else if (packet.startsWith("0")) socket.send(`40${JSON.stringify(hello)}`);
      else if (packet.startsWith("44") || packet.startsWith("41")) end(`refused: ${packet}`);
    });
    socket.on("error", (error) => end(error.message));
    socket.on("close", () => end("the server closed the connection"));
  });
}
