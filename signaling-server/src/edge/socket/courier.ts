import type {
  ByeCode,
  ClientToServerEvents,
  ServerBody,
  ServerEvent,
  ServerToClientEvents,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Socket } from "socket.io";
import type { Courier, Log } from "../../ports.ts";
import { writeTogether } from "../engine/short-way.ts";
import { FAREWELL_MS } from "./farewell.ts";
import { createLivenessProbe, type LivenessProbe } from "./liveness-probe.ts";
import { eventText } from "./text-parser.ts";

/** A connection with the protocol's events; nothing is kept on the socket itself. */
export type WireSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

/** Why the courier ended a connection; `silent` and `clogged` have no bye, because nobody would hear it. */
export type CourierEnd = ByeCode | "silent" | "clogged";

/** The courier, as the gateway that owns the sockets sees it. */
export interface SocketCourier extends Courier {
  /** Takes a connected socket, to which events can be delivered from now on. */
  open(socket: WireSocket): void;
  /** Sets what is asked for an `acked` that may go with each signal to the socket, before it (SPEC R20). */
  sendAlong(socketId: string, ride: () => ServerBody<"acked"> | undefined): void;
  /** Closes a connection that does not read what it is sent, without a bye. */
  abandon(socketId: string): void;
  /** Forgets a socket that is gone. Returns why the courier ended the connection, if the courier did. */
  forget(socketId: string): CourierEnd | undefined;
  /** @param byeFor the bye of the n-th connection, from 0 */
  dismissAll(byeFor: (n: number) => ServerBody<"bye">): void;
  /** Of the open connections, oldest first. */
  ids(): Iterable<string>;
  /** Open connections. */
  count(): number;
}

interface Line {
  readonly socket: WireSocket;
  end: CourierEnd | undefined;
  readonly probe: LivenessProbe;
  ride: (() => ServerBody<"acked"> | undefined) | undefined;
}

export function createSocketCourier(options: {
  readonly log: Log;
  readonly clock: Clock;
  /** Time within which a probe has to be acknowledged (SPEC G7). */
  readonly probeTimeoutMs: number;
}): SocketCourier {
  const { log, clock, probeTimeoutMs } = options;
  const lines = new Map<string, Line>();

  /** The line to a socket; undefined also when its end has been said, after which nothing may follow. */
  const lineTo = (socketId: string): Line | undefined => {
    const line = lines.get(socketId);
    return line?.end === undefined ? line : undefined;
  };

  const dismiss = (line: Line, bye: ServerBody<"bye">): void => {
    const { socket } = line;
    line.end = bye.code;
    socket.emit("bye", bye);
    socket.disconnect(true);
    clock.after(FAREWELL_MS, () => socket.conn.close(true));
  };

  /** Closes the connection hard: an orderly close would wait for an answer that does not come. */
  const cut = (socketId: string, end: "silent" | "clogged", phrase: string): void => {
    const line = lineTo(socketId);
    if (!line) return;
    line.end = end;
    log.info(phrase, { socketId });
    line.socket.conn.close(true);
  };

  return {
    open(socket) {
      const probe = createLivenessProbe({
        clock,
        withinMs: probeTimeoutMs,
        send: (onAnswer) => void socket.emit("probe", {}, onAnswer),
        onSilent: () => cut(socket.id, "silent", "A connection does not answer and is closed"),
      });
      lines.set(socket.id, { socket, end: undefined, probe, ride: undefined });
    },

    sendAlong(socketId, ride) {
      const line = lines.get(socketId);
      if (line) line.ride = ride;
    },

    abandon(socketId) {
      cut(socketId, "clogged", "A connection does not read what it is sent and is closed");
    },

    forget(socketId) {
      const line = lines.get(socketId);
      lines.delete(socketId);
      line?.probe.end();
      return line?.end;
    },

    deliver<Event extends ServerEvent>(socketId: string, event: Event, body: ServerBody<Event>) {
      const line = lineTo(socketId);
      if (!line) return false;
      const { conn } = line.socket;
      const acked = event === "signal" ? line.ride?.() : undefined;
      // As `socket.emit` does it in the end, which copies, and looks for much that is not used here.
      if (acked) writeTogether(conn, [eventText("acked", acked), eventText(event, body)]);
      else conn.write(eventText(event, body));
      return true;
    },

    probe: (socketId) => lineTo(socketId)?.probe.ask(),

    dismiss(socketId, bye) {
      const line = lineTo(socketId);
      if (line) dismiss(line, bye);
    },

    dismissAll(byeFor) {
      const open = [...lines.values()].filter(({ end }) => end === undefined);
      for (const [n, line] of open.entries()) dismiss(line, byeFor(n));
    },

    ids: () => lines.keys(),

    count: () => lines.size,
  };
}
