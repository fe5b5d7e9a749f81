import { randomUUID } from "node:crypto";
import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  type Hello,
  PROTOCOL_VERSION,
  type ServerBody,
  type ServerEvent,
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
  let asked = 0;

  const ask = (event: ClientEvent, body: unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Error("the connection is closed"));
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
      socket.terminate();
    };
    const takeEvent = (packet: string) => {
      const list = packet.indexOf("[");
      const [event, body] = JSON.parse(packet.slice(list)) as [ServerEvent | "probe", never];
      if (event === "probe") return socket.send(`43${packet.slice(2, list)}[{}]`);
      // A page's own type of answer goes with its event's name; the server's schemas are proved elsewhere.
      if (event === "welcome")
        resolve({
          welcome: body,
          ask: ask as Page["ask"],
          isOpen: () => socket.readyState === WebSocket.OPEN,
          close: () => socket.terminate(),
        });
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
