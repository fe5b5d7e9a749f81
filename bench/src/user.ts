import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  ERROR_POLICY,
  type Hello,
  type MintReply,
  PROTOCOL_VERSION,
  type ServerBody,
  type SessionState,
  type Welcome,
} from "@serendip/protocol";
import { io, type Socket } from "socket.io-client";

/** What went wrong for a user, by kind; all zero is the promise. */
export interface Faults {
  refusedHellos: number;
  failedRequests: number;
  problems: number;
  lostReplies: number;
}

export interface Surroundings {
  readonly url: string;
  readonly origin: string;
  readonly faults: Faults;
  readonly note: (text: string) => void;
}

/** A person with a tab, without a browser: says what a page would say. */
export class User {
  readonly #around: Surroundings;
  readonly #deviceGroup: string;
  readonly #tabId = randomUUID();
  #token = "";
  #socket: Socket | undefined;
  #welcome: Welcome | undefined;
  #state: SessionState = { kind: "idle" };
  #sequence = 0;

  constructor(around: Surroundings, deviceGroup: string) {
    this.#around = around;
    this.#deviceGroup = deviceGroup;
  }

  get state(): SessionState {
    return this.#state;
  }

  async mint(): Promise<void> {
    const response = await fetch(`${this.#around.url}/v1/sessions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: this.#around.origin,
        ...(this.#token === "" ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      body: JSON.stringify({ deviceGroup: this.#deviceGroup }),
    });
    this.#token = ((await response.json()) as MintReply).token;
  }

  /** Connects, resuming the session there was; an older socket that is still open is taken over. */
  async connect(peerConnection: "alive" | "lost"): Promise<void> {
    const hello: Hello = {
      protocol: PROTOCOL_VERSION,
      token: this.#token,
      tabId: this.#tabId,
      ...(this.#welcome === undefined
        ? {}
        : {
            resume: {
              sessionId: this.#welcome.sessionId,
              resumeSecret: this.#welcome.resumeSecret,
              epoch: this.#welcome.epoch,
              peerConnection,
            },
          }),
    };
    const socket = io(this.#around.url, {
      auth: hello,
      reconnection: false,
      forceNew: true,
      transports: ["websocket"],
      extraHeaders: { origin: this.#around.origin },
    });
    this.#socket = socket;
    const mine =
      <Body>(take: (body: Body) => void) =>
      (body: Body) => {
        if (this.#socket === socket) take(body);
      };
    const ended = mine<ServerBody<"partner-left">>(() => {
      this.#state = { kind: "idle" };
    });
    socket.on(
      "matched",
      mine<ServerBody<"matched">>(({ room }) => this.#enter(room)),
    );
    socket.on(
      "requeued",
      mine<ServerBody<"requeued">>(({ requestId }) => {
        this.#state = { kind: "queued", requestId };
      }),
    );
    socket.on("partner-left", ended);
    socket.on(
      "partner-back",
      mine<ServerBody<"partner-back">>(({ roomId, generation, role }) => {
        if (this.#state.kind !== "in-room" || this.#state.room.roomId !== roomId) return;
        if (this.#state.room.generation !== generation) this.#sequence = 0;
        this.#state = { kind: "in-room", room: { ...this.#state.room, generation, role } };
      }),
    );
    socket.on("problem", (problem: ServerBody<"problem">) => {
      this.#around.faults.problems += 1;
      this.#around.note(`problem ${problem.error.code} in ${problem.event}`);
    });
    await new Promise<void>((resolve) => {
      const settle = () => resolve();
      socket.once("welcome", (welcome: Welcome) => {
        this.#welcome = welcome;
        this.#state = welcome.state;
        this.#sequence = 0;
        settle();
      });
      socket.once("connect_error", (error) => {
        this.#around.faults.refusedHellos += 1;
        this.#around.note(`hello refused: ${error.message}`);
        settle();
      });
      socket.once("disconnect", settle);
    });
  }

  find(): Promise<void> {
    return this.#search("find");
  }

  async leave(): Promise<void> {
    this.#state = { kind: "idle" };
    await this.#ask("leave", { requestId: randomUUID() });
  }

  /** A few signals for the partner, as a negotiation would send. */
  async negotiate(): Promise<void> {
    for (let count = 0; count < 4 && this.#state.kind === "in-room"; count += 1) {
      const { roomId, generation } = this.#state.room;
      this.#sequence += 1;
      const candidate = { candidate: `candidate:${count}`, sdpMid: "0", sdpMLineIndex: 0 };
      await this.#ask("signal", {
        roomId,
        generation,
        sequence: this.#sequence,
        signal: count === 0 ? { kind: "offer", sdp: "v=0\r\n" } : { kind: "candidate", candidate },
      });
    }
  }

  /** The network goes: no goodbye. */
  drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.io.engine.close();
  }

  /** The page is reloaded: a hint, a closed socket, a new one without the old RTCPeerConnection. */
  async reload(): Promise<void> {
    this.#socket?.emit("unloading", {}, () => undefined);
    this.drop();
    await this.connect("lost");
  }

  /** Ends for good. */
  async end(): Promise<void> {
    await this.leave();
    this.#socket?.disconnect();
    this.#socket = undefined;
  }

  #enter(room: Extract<SessionState, { kind: "in-room" }>["room"]): void {
    this.#state = { kind: "in-room", room };
    this.#sequence = 0;
    void this.#ask("ready", { requestId: randomUUID(), roomId: room.roomId });
  }

  async #search(event: "find"): Promise<void> {
    const reply = await this.#ask(event, { requestId: randomUUID() });
    // A match may have been announced before the reply was read.
    if (reply?.ok && !(this.#state.kind === "in-room" && reply.state.kind === "queued"))
      this.#state = reply.state;
  }

  async #ask<Event extends ClientEvent>(
    event: Event,
    body: ClientBody<Event>,
  ): Promise<ClientReply<Event> | undefined> {
    const socket = this.#socket;
    if (!socket?.connected) return undefined;
    try {
      const reply = (await socket.timeout(10_000).emitWithAck(event, body)) as ClientReply<Event>;
      if (!reply.ok && ERROR_POLICY[reply.error.code].reaction !== "ignore" && socket === this.#socket) {
        this.#around.faults.failedRequests += 1;
        this.#around.note(`${event} answered ${reply.error.code}`);
      }
      return reply;
    } catch {
      // Lost with a socket that went meanwhile is the network's doing; on a live socket it is the server's.
      await pause(0);
      if (socket.connected && socket === this.#socket) this.#around.faults.lostReplies += 1;
      return undefined;
    }
  }
}
