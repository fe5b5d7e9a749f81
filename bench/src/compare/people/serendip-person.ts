import { randomUUID } from "node:crypto";
import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  type Hello,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  type RoomView,
  type ServerBody,
  type Welcome,
} from "@serendip/protocol";
import { ORIGIN } from "../../page/mint.ts";
import { argumentsOf, beginsWith, eventHead, SocketIoLine } from "../wire/socket-io-line.ts";
import { type Complaints, createComplaints } from "./complaints.ts";
import { mintLightly } from "./light-mint.ts";
import type { Hear, People, Person, SignalKind } from "./person.ts";
import { createSignalLane, HELLO_OF_LANE, type SignalLane } from "./signal-lane.ts";

const SIGNAL = eventHead("signal");

/** An address of 198.18.0.0/15, which is set aside for benchmarks (RFC 2544): everybody has one of their own. */
export const addressOf = (number: number): string =>
  `198.${18 + ((number >> 16) & 1)}.${(number >> 8) & 255}.${number & 255}`;

/** Somebody with a tab of the product who says what a page says, and is put together with others by it. */
export const serendipPeople =
  (port: number): People =>
  (number, hear) =>
    new SerendipPerson(port, { number, hear });

/** What the person hears besides what every server says. */
export type HearEvent = (event: string, body: unknown) => void;

export class SerendipPerson implements Person {
  readonly #port: number;
  readonly #hear: Hear;
  readonly #hearEvent: HearEvent | undefined;
  readonly #from: string;
  readonly #deviceGroup = randomUUID();
  readonly #complaints: Complaints = createComplaints();
  readonly #lane: SignalLane = createSignalLane(this.#complaints);
  #line: SocketIoLine | undefined;
  #room: RoomView | undefined;

  constructor(
    port: number,
    how: {
      readonly number: number;
      readonly hear: Hear;
      readonly hearEvent?: HearEvent;
    },
  ) {
    this.#port = port;
    this.#hear = how.hear;
    this.#hearEvent = how.hearEvent;
    this.#from = addressOf(how.number);
  }

  get complaints(): ReadonlyMap<string, number> {
    return this.#complaints.counts;
  }

  /** As a page does it, the line is opened while the token is on its way (SPEC W19). */
  connect(): void {
    const hear = this.#hear;
    const opened = new Promise<void>((resolve) => {
      const headers = { Origin: ORIGIN, "X-Forwarded-For": this.#from };
      this.#line = new SocketIoLine(
        { port: this.#port, headers },
        {
          onOpen: () => resolve(),
          onConnected: () => undefined,
          onEvent: (packet) => this.#heard(packet),
          onRefused: (body) => hear.onClosed(`refused: ${body}`),
          onClosed: (reason) => hear.onClosed(reason),
          takesAck: (id, packet) => this.#lane.takesAck(id, packet),
        },
      );
    });
    this.#enter(opened).catch((error: unknown) => {
      this.#line?.drop();
      hear.onClosed(String(error));
    });
  }

  async #enter(opened: Promise<void>): Promise<void> {
    const minted = await mintLightly({
      port: this.#port,
      from: this.#from,
      deviceGroup: this.#deviceGroup,
      current: undefined,
    });
    if (!minted.ok) throw new Error(`no token: ${minted.status}`);
    await opened;
    const hello: Hello = {
      protocol: MIN_PROTOCOL_VERSION,
      newestProtocol: PROTOCOL_VERSION,
      token: minted.reply.token,
      tabId: randomUUID(),
      ...HELLO_OF_LANE,
    };
    this.#line?.greet(hello);
  }

  #heard(packet: Buffer): void {
    if (beginsWith(packet, SIGNAL)) {
      this.#hear.onSignal(packet);
      return;
    }
    const [event, body] = argumentsOf(packet);
    switch (event) {
      case "welcome":
        this.#lane.welcomed(body as Welcome);
        this.#hear.onReady();
        break;
      case "matched":
        this.#matched((body as ServerBody<"matched">).room);
        break;
      case "partner-left":
        this.#room = undefined;
        break;
      case "probe":
        this.#line?.answer(packet, {});
        break;
      case "bye":
        this.#complaints.add(`bye ${(body as ServerBody<"bye">).code}`);
        break;
      case "problem":
        this.#complaints.add(`problem ${(body as ServerBody<"problem">).error.code}`);
        break;
      default:
        this.#lane.takesEvent(String(event), body);
    }
    this.#hearEvent?.(String(event), body);
  }

  #matched(room: RoomView): void {
    this.#room = room;
    this.#lane.enter(room);
    this.#hear.onMatched(room.roomId);
    this.ask("ready", { requestId: randomUUID(), roomId: room.roomId });
  }

  ask<Event extends ClientEvent>(
    event: Event,
    body: ClientBody<Event>,
    onAnswer?: (reply: ClientReply<Event>) => void,
  ): void {
    this.#line?.ask(event, body, (answer) => {
      const reply = answer as ClientReply<Event>;
      if (!reply.ok) this.#complaints.add(`${event} ${reply.error.code}`);
      onAnswer?.(reply);
    });
  }

  find(): void {
    this.ask("find", { requestId: randomUUID() });
  }

  signal(kind: SignalKind, stamp: number): void {
    const frame = this.#lane.frame(kind, stamp);
    if (frame) this.#line?.write(frame);
  }

  close(): void {
    // Who leaves loses nothing, so that no standing falls by the load (SPEC M11).
    if (this.#room) this.ask("leave", { requestId: randomUUID() });
    this.#line?.close();
  }
}
