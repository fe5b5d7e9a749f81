import type {
  ByeCode,
  ClientToServerEvents,
  ServerBody,
  ServerEvent,
  ServerToClientEvents,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Socket } from "socket.io";
import type { Courier, Log } from "../ports.ts";
import { isClogged } from "./outbound.ts";
import { createProber, type Prober } from "./prober.ts";

/** A connection with the protocol's events; nothing is kept on the socket itself. */
export type WireSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** Why the courier ended a connection; `silent` is the one end without a bye. */
export type CourierEnd = ByeCode | "silent";

/** The courier, as the gateway that owns the sockets sees it. */
export interface SocketCourier extends Courier {
  /** From here on, what is for this socket is kept until `open`. */
  expect(socket: WireSocket): void;
  /** The connection is confirmed: what was kept goes out. */
  open(socketId: string): void;
  /** Sends the answer to a request of this socket. Like an event, it does not wait for a client that never reads. */
  answer(socketId: string, send: () => void): void;
  /** Nothing is delivered any more. Why the courier ended the connection, if it was the courier. */
  forget(socketId: string): CourierEnd | undefined;
  dismissAll(bye: ServerBody<"bye">): void;
  /** Connections, confirmed or not. */
  count(): number;
}

interface Line {
  readonly socket: WireSocket;
  /** What to do once the connection is confirmed; undefined when it is. */
  held: (() => void)[] | undefined;
  end: CourierEnd | undefined;
  readonly prober: Prober;
}

export function createSocketCourier(options: {
  readonly log: Log;
  readonly clock: Clock;
  /** A probe has to be acknowledged within this. */
  readonly probeTimeoutMs: number;
}): SocketCourier {
  const { log, clock, probeTimeoutMs } = options;
  const lines = new Map<string, Line>();

  const whenOpen = (line: Line, act: () => void) => {
    if (line.held) line.held.push(act);
    else act();
  };

  const dismiss = (line: Line, bye: ServerBody<"bye">) => {
    if (line.end) return;
    line.end = bye.code;
    whenOpen(line, () => {
      line.socket.emit("bye", bye);
      line.socket.disconnect(true);
    });
  };

  /** Sends something, unless too much waits already: then the connection is given up. */
  const send = (line: Line, act: () => void) => {
    if (!isClogged(line.socket)) {
      act();
      return;
    }
    if (line.end) return;
    line.end = "protocol_abuse";
    log.warn("A connection does not read what it is sent and is closed", { socketId: line.socket.id });
    // A bye would only wait behind all the rest, and an orderly close would wait for it.
    line.socket.conn.close(true);
  };

  const emit = <Event extends ServerEvent>(line: Line, event: Event, body: ServerBody<Event>) => {
    const args = [body] as Parameters<ServerToClientEvents[Event]>;
    send(line, () => void line.socket.emit(event, ...args));
  };

  const proberOf = (socket: WireSocket): Prober =>
    createProber({
      clock,
      withinMs: probeTimeoutMs,
      send: (onAnswer) => void socket.emit("probe", {}, onAnswer),
      onSilent: () => {
        const line = lines.get(socket.id);
        if (!line || line.end) return;
        line.end = "silent";
        log.info("A connection does not answer and is closed", { socketId: socket.id });
        // An orderly close would wait for somebody who is not there.
        socket.conn.close(true);
      },
    });

  return {
    expect(socket) {
      lines.set(socket.id, { socket, held: [], end: undefined, prober: proberOf(socket) });
    },

    open(socketId) {
      const line = lines.get(socketId);
      const held = line?.held ?? [];
      if (line) line.held = undefined;
      for (const act of held) act();
    },

    answer(socketId, act) {
      const line = lines.get(socketId);
      if (line && !line.end) send(line, act);
    },

    forget(socketId) {
      const line = lines.get(socketId);
      lines.delete(socketId);
      line?.prober.end();
      return line?.end;
    },

    deliver(socketId, event, body) {
      const line = lines.get(socketId);
      if (line && !line.end) whenOpen(line, () => emit(line, event, body));
    },

    probe(socketId) {
      const line = lines.get(socketId);
      if (line && !line.end) whenOpen(line, line.prober.ask);
    },

    dismiss(socketId, bye) {
      const line = lines.get(socketId);
      if (line) dismiss(line, bye);
    },

    dismissAll(bye) {
      for (const line of lines.values()) dismiss(line, bye);
    },

    count: () => lines.size,
  };
}
