import {
  byeOf,
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  type ErrorBody,
  errorBody,
  type IceGrant,
  iceModeOf,
  type RelayState,
  type SignalEnvelope,
  TIMES,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { RequestLost, type ServerMessage } from "../signaling/signaling-socket.port.ts";
import { createRequestLimits } from "./request-limits.ts";
import { scriptedRooms, ticketOf } from "./scripted-rooms.ts";
import type { Answer, FakeLine, FakeSocket, ScriptedServer, Sent } from "./scripted-server-face.ts";
import { createScriptedAcks, createScriptedLanes } from "./scripted-signals.ts";
import { SOCKET_ACCEPTS, WAY_DEAF, WAY_PASSES } from "./socket-behaviour.ts";

/** How long a page takes to notice a connection on which nothing comes (SPEC G5). */
const PING_TIMEOUT_MS = 16_000;

/** As a page reads it in the grant (SPEC K13). */
const relayOf = ({ relay, iceServers, withheld }: IceGrant): RelayState => {
  if (relay) return relay;
  if (iceModeOf(iceServers) === "turn") return "ok";
  return withheld ? "failed" : "none";
};

export function scriptedServer(clock: Clock): ScriptedServer {
  const sockets: FakeSocket[] = [];
  const lines: FakeLine[] = [];
  const sent: Sent[] = [];
  const answers = new Map<ClientEvent, Answer>();
  const limits = createRequestLimits(clock);
  /** What the newest `find` said of the person's address. */
  let wish = false;
  let epoch = 0;
  let most = 0;

  const openOnes = () => sockets.filter(({ open }) => open);
  const current = () => openOnes().at(-1);
  const lanes = createScriptedLanes();
  const { rebuild, ...rooms } = scriptedRooms(
    () => server,
    () => wish,
  );

  const close = (socket: FakeLine): void => {
    socket.open = false;
    socket.cancel();
    socket.acks.end();
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
      case "signal": {
        const error = lanes.judge(body as SignalEnvelope, state);
        return error ? { ok: false, error } : { ok: true };
      }
      case "ready":
      case "call-report":
      case "media":
      case "unloading":
        return { ok: true };
    }
  };

  /** What a request is refused with before anything is done for it. */
  const errorOf = (event: ClientEvent): ErrorBody | undefined => {
    const answer = answers.get(event);
    if (answer === "never") return undefined;
    return typeof answer === "string" ? errorBody(answer) : (answer ?? limits.take(event));
  };

  /** A signal that is acknowledged together with others (SPEC R20). */
  const takeSignal = (line: FakeLine, envelope: SignalEnvelope): void => {
    if (line.deaf || answers.get("signal") === "never") return;
    const error = errorOf("signal") ?? lanes.judge(envelope, server.state);
    if (error) line.acks.refuse(envelope, error);
    else line.acks.take(envelope);
  };

  const acksOf = (line: () => FakeLine) => {
    // A page hears of what it says only after it has said it.
    const later = (message: ServerMessage) => queueMicrotask(() => deliver(line(), message));
    return createScriptedAcks({
      clock,
      behaviour: () => server.acks,
      acked: (body) => later({ event: "acked", body }),
      refused: (body) => later({ event: "signal-refused", body }),
    });
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
        ...(server.cumulativeAcks && socket.hello.cumulativeAcks && { cumulativeAcks: true }),
      },
    });
  };

  const deliver = (socket: FakeLine, message: ServerMessage): void => {
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
    cumulativeAcks: true,
    acks: "usual",
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
    signals: lanes,
    ...rooms,
    openSockets: () => lines.filter(({ open }) => open).length,
    mostOpen: () => most,
    emit(event, body) {
      const socket = current();
      if (socket) deliver(socket, { event, body } as ServerMessage);
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
        acks: acksOf(() => line),
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
          if (line.deaf || answers.get(event) === "never")
            return new Promise((_, reject) => {
              const lose = (error: RequestLost) => {
                cancel();
                line.pending.delete(lose);
                reject(error);
              };
              const cancel = clock.after(TIMES.replyMs, () => lose(new RequestLost("no reply")));
              line.pending.add(lose);
            });
          const error = errorOf(event);
          const reply = error ? { ok: false, error } : handle(event, body);
          return Promise.resolve(reply as ClientReply<typeof event>);
        },
        sendSignal(envelope) {
          if (!line.open) return;
          sent.push({ event: "signal", body: envelope, isBare: true });
          takeSignal(line, envelope);
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
