import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

/** What a partner sends without end. */
export type Flood = "rebuild" | "restart" | "offer" | "candidate";

/**
 * A signaling server that lets everything through: it puts each person who searches together with a partner that is not there, and
 * sends what a hostile partner would. Socket.IO protocol 5, Engine.IO protocol 4, over WebSocket alone.
 */
export interface HostileServer {
  readonly url: string;
  /** From now on, in each room: so many per second. The offers are of this SDP. */
  flood(kind: Flood | "nothing", perSecond?: number, sdp?: string): void;
  /** What has been sent of it so far. */
  sent(): number;
  stop(): Promise<void>;
}

const TURN_MS = 10;
const PATH = "/socket.io/";
/** What may wait for a page that does not keep up, as in the real server (SPEC W9). */
const WAITING_BYTES = 320 * 1024;

interface Guest {
  readonly socket: WebSocket;
  room: { readonly roomId: string; generation: number; sequence: number } | undefined;
}

export async function hostileServer(): Promise<HostileServer> {
  const guests = new Set<Guest>();
  let kind: Flood | "nothing" = "nothing";
  let perTurn = 0;
  let offerSdp = "v=0";
  let sent = 0;
  let rooms = 0;

  const emit = ({ socket }: Guest, event: string, body: unknown) =>
    socket.send(`42${JSON.stringify([event, body])}`);

  function view(guest: Guest, requestId: string) {
    rooms += 1;
    guest.room = { roomId: `room-${rooms}`, generation: 1, sequence: 0 };
    const role = kind === "restart" ? "initiator" : "responder";
    return { roomId: guest.room.roomId, generation: 1, role, partner: "present", requestId };
  }

  /** What the server answers, and what it says before. */
  function answer(guest: Guest, event: string, body: { readonly requestId?: string }): unknown {
    const crowd = { online: 2, waiting: 0 };
    if (event === "leave") guest.room = undefined;
    if (event === "status") return { ok: true, state: { kind: "idle" }, crowd };
    if (event === "ice-servers") return { ok: true, ice: { iceServers: [] } };
    if (event !== "find") return { ok: true };
    const room = view(guest, body.requestId ?? "");
    emit(guest, "matched", { room });
    return { ok: true, state: { kind: "in-room", room }, crowd };
  }

  function hear(guest: Guest, text: string): void {
    if (text.startsWith("40")) {
      guest.socket.send('40{"sid":"guest"}');
      emit(guest, "welcome", {
        sessionId: "session",
        resumeSecret: "secret-0123456789",
        epoch: 1,
        resumed: false,
        state: { kind: "idle" },
        tokenExpiresInMs: 600_000,
        iceServers: [],
        retryWindowMs: 0,
      });
    }
    const request = /^42(\d+)(\[.*)$/s.exec(text);
    if (!request) return;
    const [event, body] = JSON.parse(request[2] ?? "[]") as [string, { readonly requestId?: string }];
    guest.socket.send(`43${request[1]}${JSON.stringify([answer(guest, event, body)])}`);
  }

  function annoy(guest: Guest): void {
    const { room } = guest;
    if (!room || guest.socket.readyState !== guest.socket.OPEN) return;
    for (let count = 0; count < perTurn && guest.socket.bufferedAmount < WAITING_BYTES; count += 1) {
      sent += 1;
      const { roomId } = room;
      if (kind === "rebuild") {
        room.generation += 1;
        emit(guest, "partner-back", { roomId, generation: room.generation, role: "initiator" });
        continue;
      }
      room.sequence += 1;
      const signal =
        kind === "restart"
          ? { kind }
          : kind === "candidate"
            ? { kind, candidate: { candidate: candidateLine(room.sequence), sdpMid: "0", sdpMLineIndex: 0 } }
            : { kind: "offer", sdp: offerSdp, attempt: room.sequence % 10_000 };
      emit(guest, "signal", { roomId, generation: room.generation, sequence: room.sequence, signal });
    }
  }

  const http = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url?.startsWith("/v1/sessions"))
      response.end(JSON.stringify({ token: "token", expiresInMs: 600_000 }));
    else response.end(JSON.stringify({ status: "ok", relay: "none", checks: {} }));
  });
  const sockets = new WebSocketServer({ server: http, path: PATH });
  sockets.on("connection", (socket) => {
    const guest: Guest = { socket, room: undefined };
    guests.add(guest);
    socket.on("message", (data: RawData) => hear(guest, data.toString()));
    socket.on("close", () => guests.delete(guest));
    socket.send(
      '0{"sid":"engine","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}',
    );
  });
  const timer = setInterval(() => {
    for (const guest of guests) annoy(guest);
  }, TURN_MS);
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    flood(next, perSecond = 0, sdp = "v=0") {
      kind = next;
      perTurn = (perSecond * TURN_MS) / 1_000;
      offerSdp = sdp;
    },
    sent: () => sent,
    async stop() {
      clearInterval(timer);
      for (const { socket } of guests) socket.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}

const candidateLine = (n: number): string =>
  `candidate:${n} 1 udp 2122260223 192.0.2.${1 + (n % 250)} ${1_024 + (n % 60_000)} typ host generation 0`;
