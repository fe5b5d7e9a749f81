import {
  byeOf,
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  errorBody,
  type IceGrant,
  iceModeOf,
  partnerLeft,
  type RelayState,
  type RoomView,
  TIMES,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { RequestLost, type ServerMessage } from "../signaling/signaling-socket.port.ts";
import { createRequestLimits } from "./request-limits.ts";
import type { Answer, FakeLine, FakeSocket, ScriptedServer, Sent } from "./scripted-server-face.ts";
import { SOCKET_ACCEPTS, WAY_DEAF, WAY_PASSES } from "./socket-behaviour.ts";

/** How long a page takes to notice a connection on which nothing comes (SPEC G5). */
const PING_TIMEOUT_MS = 16_000;

/** As a page reads it in the grant (SPEC K13). */
const relayOf = ({ relay, iceServers, withheld }: IceGrant): RelayState => {
  if (relay) return relay;
  if (iceModeOf(iceServers) === "turn") return "ok";
  return withheld ? "failed" : "none";
};

const ticketOf = ({ roomId }: RoomView) => `ticket-of-${roomId}`;

export function scriptedServer(clock: Clock): ScriptedServer {
  const sockets: FakeSocket[] = [];
  const lines: FakeLine[] = [];
  const sent: Sent[] = [];
  const answers = new Map<ClientEvent, Answer>();
  const limits = createRequestLimits(clock);
  /** What the newest `find` said of the person's address. */
  let wish = false;
  let rooms = 0;
  let epoch = 0;
  let most = 0;

  const openOnes = () => sockets.filter(({ open }) => open);
  const current = () => openOnes().at(-1);
  const room = (): RoomView => {
    if (server.state.kind !== "in-room") throw new Error("the person is in no room");
    return server.state.room;
  };

  const close = (socket: FakeLine): void => {
    socket.open = false;
    socket.cancel();
    const losers = [...socket.pending];
    socket.pending.clear();
    for (const lose of losers) lose(new RequestLost("connection closed"));
  };

  const handle = (event: ClientEvent, body: unknown): unknown => {
    const state = server.state;
    switch (event) {
      case "find":
        wish = (body as ClientBody<"find">).relayOnly ?? false;
        server.state = { kind: "queued", requestId: (body as ClientBody<"find">).requestId };
        return { ok: true, state: server.state, crowd: server.crowd };
      case "give-up":
        if (state.kind === "in-room" && state.room.roomId === (body as ClientBody<"give-up">).roomId)
          server.state = { kind: "queued", requestId: state.room.requestId };
        return { ok: true, state: server.state, crowd: server.crowd };
      case "leave":
        server.state = { kind: "idle" };
        return { ok: true };
      case "status":
        return { ok: true, state, crowd: server.crowd };
      case "refresh-token":
        return { ok: true, expiresInMs: server.tokenExpiresInMs };
      case "ice-servers":
        return { ok: true, ice: server.grant ?? { iceServers: [...server.iceServers] } };
      case "rebuild":
        return rebuild((body as ClientBody<"rebuild">).generation);
      case "ready":
      case "call-report":
      case "media":
      case "signal":
      case "unloading":
        return { ok: true };
    }
  };

  /** As the server does it while both are there (SPEC R10). */
  const rebuild = (generation: number): unknown => {
    if (server.state.kind !== "in-room") return { ok: false, error: errorBody("not_in_room") };
    const { room: before } = server.state;
    if (generation !== before.generation) return { ok: false, error: errorBody("stale_generation") };
    const after: RoomView = { ...before, generation: generation + 1, role: "initiator" };
    server.state = { kind: "in-room", room: after };
    if (after.partner === "present") server.partnerBack();
    return { ok: true };
  };

  const welcome = (socket: FakeSocket): void => {
    socket.welcomed = true;
    epoch += 1;
    if (socket.hello.resume?.peerConnection === "lost" && server.state.kind === "in-room") {
      const { generation } = server.state.room;
      server.state = {
        kind: "in-room",
        room: { ...server.state.room, generation: generation + 1, role: "responder" },
      };
    }
    deliver(socket, {
      event: "welcome",
      body: {
        sessionId: "session-1",
        resumeSecret: "secret-of-session-1",
        epoch,
        resumed: socket.hello.resume !== undefined,
        state: server.state,
        ...(server.state.kind === "in-room" && { ticket: ticketOf(server.state.room) }),
        tokenExpiresInMs: server.tokenExpiresInMs,
        iceServers: [...server.iceServers],
        ...(server.grant && server.state.kind === "in-room" && { ice: server.grant }),
        ...(server.grant && { relay: relayOf(server.grant) }),
        retryWindowMs: server.retryWindowMs,
      },
    });
  };

  const deliver = (socket: FakeSocket, message: ServerMessage): void => {
    if (socket.open && socket.welcomed && !socket.deaf) socket.handlers.onMessage(message);
  };

  const meet = (socket: FakeSocket): void => {
    if (!socket.open || socket.deaf) return;
    const { behaviour } = server;
    if (behaviour.type === "accepts") welcome(socket);
    if (behaviour.type === "refuses") {
      close(socket);
      socket.handlers.onRefused(behaviour.error);
    }
    if (behaviour.type === "dismisses") {
      socket.handlers.onMessage({ event: "bye", body: behaviour.bye });
      close(socket);
    }
  };

  const openLine = (line: FakeLine): void => {
    if (!line.open || line.deaf || server.ways[line.way] === "hangs") return;
    if (server.behaviour.type === "unreachable" || server.ways[line.way] === "refused") {
      close(line);
      line.handlers.onClosed("unreachable", "closed");
      return;
    }
    line.cancel = clock.after(TIMES.helloMs, () => {
      if (!line.deaf) line.handlers.onMessage({ event: "bye", body: byeOf("hello_timeout") });
      close(line);
      if (!line.deaf) line.handlers.onClosed("io server disconnect", "closed");
    });
    line.handlers.onOpen();
  };

  const server: ScriptedServer = {
    behaviour: SOCKET_ACCEPTS,
    ways: { websocket: WAY_PASSES, polling: WAY_PASSES },
    state: { kind: "idle" },
    crowd: { online: 2, waiting: 1 },
    tokenExpiresInMs: 300_000,
    retryWindowMs: 1_000,
    iceServers: [],
    grant: undefined,
    sockets,
    get dialled() {
      return lines.map(({ way }) => way);
    },
    sent,
    bodies: <Event extends ClientEvent>(event: Event) =>
      sent.filter((one) => one.event === event).map(({ body }) => body as ClientBody<Event>),
    answer(event, answer) {
      if (answer === "usual") answers.delete(event);
      else answers.set(event, answer);
    },
    limits,
    openSockets: () => lines.filter(({ open }) => open).length,
    mostOpen: () => most,
    emit(event, body) {
      const socket = current();
      if (socket) deliver(socket, { event, body } as ServerMessage);
    },
    match(view = {}) {
      if (server.state.kind !== "queued") throw new Error("the person is not waiting");
      rooms += 1;
      const made: RoomView = {
        roomId: `room-${rooms}`,
        generation: 1,
        role: "initiator",
        partner: "present",
        requestId: server.state.requestId,
        ...(wish && { relayOnly: wish }),
        ...view,
      };
      server.state = { kind: "in-room", room: made };
      server.emit("matched", {
        room: made,
        ticket: ticketOf(made),
        ...(server.grant && { ice: server.grant }),
      });
      return made;
    },
    requeue(reason = "media-failed") {
      const { requestId, roomId } = room();
      server.state = { kind: "queued", requestId };
      server.emit("requeued", { requestId, roomId, reason });
    },
    partnerAway(graceMs) {
      server.state = { kind: "in-room", room: { ...room(), partner: "away" } };
      server.emit("partner-away", { roomId: room().roomId, cause: "dropped", graceMs });
    },
    partnerBack(change = {}) {
      const view: RoomView = { ...room(), ...change, partner: "present" };
      server.state = { kind: "in-room", room: view };
      server.emit("partner-back", { roomId: view.roomId, generation: view.generation, role: view.role });
    },
    partnerLeaves(reason = "left") {
      const { roomId } = room();
      server.state = { kind: "idle" };
      server.emit("partner-left", partnerLeft(roomId, reason));
    },
    signal(sequence, signal, generation = room().generation) {
      server.emit("signal", { roomId: room().roomId, generation, sequence, signal });
    },
    bye(code, delayMs) {
      const reconnect = delayMs === undefined ? "now" : "after";
      server.emit("bye", delayMs === undefined ? { code, reconnect } : { code, reconnect, delayMs });
    },
    drop() {
      const socket = current();
      if (!socket) return;
      close(socket);
      socket.handlers.onClosed("transport close", "closed");
    },
    fallSilent(way) {
      server.ways[way] = WAY_DEAF;
      for (const line of lines.filter((one) => one.open && one.way === way)) {
        line.deaf = true;
        if (!line.welcomed) continue;
        line.cancel();
        line.cancel = clock.after(PING_TIMEOUT_MS, () => {
          close(line);
          line.handlers.onClosed("ping timeout", "silent");
        });
      }
    },
    open(way, handlers) {
      const line: FakeLine = {
        way,
        handlers,
        pending: new Set(),
        open: true,
        welcomed: false,
        deaf: false,
        cancel: () => {},
      };
      lines.push(line);
      queueMicrotask(() => openLine(line));
      return {
        greet(hello) {
          line.cancel();
          const socket: FakeSocket = Object.assign(line, { hello });
          sockets.push(socket);
          most = Math.max(most, openOnes().length);
          if (server.ways[way] === "deaf") line.deaf = true;
          queueMicrotask(() => meet(socket));
        },
        request: (event, body) => {
          if (!line.open) return Promise.reject(new RequestLost("connection closed"));
          sent.push({ event, body });
          const answer = line.deaf ? "never" : answers.get(event);
          if (answer === "never")
            return new Promise((_, reject) => {
              const lose = (error: RequestLost) => {
                cancel();
                line.pending.delete(lose);
                reject(error);
              };
              const cancel = clock.after(TIMES.replyMs, () => lose(new RequestLost("no reply")));
              line.pending.add(lose);
            });
          const error = typeof answer === "string" ? errorBody(answer) : (answer ?? limits.take(event));
          const reply = error ? { ok: false, error } : handle(event, body);
          return Promise.resolve(reply as ClientReply<typeof event>);
        },
        tell(event, body) {
          if (!line.open) return;
          sent.push({ event, body });
          if (!limits.take(event)) handle(event, body);
        },
        close: () => close(line),
      };
    },
  };
  return server;
}
