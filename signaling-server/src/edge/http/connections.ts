import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Cancel, Clock } from "@serendip/time";
import type { HttpServer } from "../tls/tls-server.ts";

/** The TCP connections of the server, upgraded ones as well. */
export interface TcpConnections {
  /** Number of open connections, whatever protocol they speak. */
  count(): number;
  /**
   * Notes a request. False when too many requests of its connection wait for their answers: then the connection has been
   * cut.
   */
  begin(request: IncomingMessage, response: ServerResponse): boolean;
  /**
   * Notes a request for an upgrade. False when earlier requests of its connection still wait for their answers: then the
   * connection has been cut.
   */
  beginUpgrade(socket: Socket): boolean;
  /** Does not cut the connection as long as `belongsToSession` says so. */
  keepWhile(socket: Socket, belongsToSession: () => boolean): void;
  /**
   * Notes whose network the connection serves now, which changes with each request that a proxy sends over it; undefined: not
   * known. Returns the number of connections of that network, this one included.
   */
  serve(socket: Socket, network: string | undefined): number;
  /**
   * Counts a connection over which no HTTP is spoken yet, until it is or until its end. Returns the number of connections of that network,
   * this one included.
   */
  beginHandshake(raw: Socket, network: string | undefined): number;
  /** Resolves when all connections are gone; those that are still open after `withinMs` are cut, and so is each one that comes. */
  ended(withinMs: number): Promise<void>;
}

export const TCP_LIMITS = {
  /** Time within which a connection has to belong to a session, or its request has to be answered (SPEC W15). */
  unansweredMs: 10_000,
  /** How long a connection may wait for the next request after an answer. Node closes it itself a little earlier. */
  keepAliveMs: 75_000,
  /** How long a client may keep its half of a connection open after the server has closed its own. */
  lingerMs: 1_000,
  /** Requests of one connection that wait for their answers. Browsers and proxies send one after the other. */
  requests: 8,
  /** Bytes that may wait in one connection for a client that does not read; one more write cuts it (SPEC W9). */
  waitingBytes: 320 * 1024,
} as const;

interface Counted {
  /** The network for which it is counted. */
  network: string | undefined;
}

interface Entry extends Counted {
  readonly socket: Socket;
  /** Requests without an answer. */
  requests: number;
  /** The instant at which the connection is looked at again. */
  until: number;
  belongsToSession: () => boolean;
  cancel: Cancel | undefined;
}

/**
 * Owns each raw socket from its first byte on: hears its errors, bounds the bytes that wait in it, and ends it. Libraries
 * come and go on a socket (HTTP, WebSocket, neither), and an error without a listener would end the process.
 */
export function watchConnections(
  { server, spoken }: Pick<HttpServer, "server" | "spoken">,
  clock: Clock,
): TcpConnections {
  /** Every TCP connection. */
  const open = new Set<Socket>();
  /** Those on which HTTP is spoken: over TLS another object, which comes once the handshake is done. */
  const entries = new Map<Socket, Entry>();
  /** Those in a handshake, by their other end: the socket over TLS is another object and does not show the raw one. */
  const handshakes = new Map<string, Counted>();
  const ofNetwork = new Map<string, number>();
  let onEmpty: (() => void) | undefined;
  /** Nobody is let in any more. */
  let isOver = false;

  /** One lazy timer for each connection: it only looks whether the deadline has moved on meanwhile. */
  const look = (entry: Entry): void => {
    const now = clock.now();
    if (entry.until <= now) {
      if (!entry.belongsToSession()) {
        entry.socket.destroy();
        return;
      }
      entry.until = now + TCP_LIMITS.unansweredMs;
    }
    entry.cancel = clock.after(entry.until - now, () => look(entry));
  };

  const giveUntil = (entry: Entry, until: number): void => {
    const sooner = until < entry.until;
    entry.until = until;
    if (!sooner) return;
    entry.cancel?.();
    look(entry);
  };

  const count = (counted: Counted, network: string | undefined): void => {
    const { network: before } = counted;
    if (before === network) return;
    counted.network = network;
    const left = before === undefined ? 0 : (ofNetwork.get(before) ?? 0) - 1;
    if (before !== undefined && left > 0) ofNetwork.set(before, left);
    else if (before !== undefined) ofNetwork.delete(before);
    if (network !== undefined) ofNetwork.set(network, (ofNetwork.get(network) ?? 0) + 1);
  };

  const countOf = (network: string | undefined): number =>
    network === undefined ? 0 : (ofNetwork.get(network) ?? 0);

  const endHandshake = (otherEnd: string, handshake = handshakes.get(otherEnd)): void => {
    if (handshake === undefined) return;
    if (handshakes.get(otherEnd) === handshake) handshakes.delete(otherEnd);
    count(handshake, undefined);
  };

  const hold = (socket: Socket): void => {
    // The event comes again for a socket that is read anew after a declined upgrade.
    if (open.has(socket)) return;
    socket.on("error", () => socket.destroy());
    if (isOver) {
      socket.destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      if (open.size === 0) onEmpty?.();
    });
  };
  server.on("connection", hold);

  const own = (socket: Socket): void => {
    if (entries.has(socket) || socket.destroyed) return;
    const until = clock.now() + TCP_LIMITS.unansweredMs;
    const entry: Entry = {
      socket,
      requests: 0,
      until,
      belongsToSession: () => false,
      network: undefined,
      cancel: undefined,
    };
    entries.set(socket, entry);
    endHandshake(otherEndOf(socket));
    socket.on("error", () => socket.destroy());
    socket.once("finish", () => giveUntil(entry, clock.now() + TCP_LIMITS.lingerMs));
    socket.once("close", () => {
      entry.cancel?.();
      entries.delete(socket);
      count(entry, undefined);
    });
    boundWaiting(socket);
    look(entry);
  };
  server.on(spoken, own);

  /** Lets a request in, unless more than `limit` others of its connection wait for their answers. */
  const admit = (socket: Socket, limit: number): Entry | undefined => {
    const entry = entries.get(socket);
    // One read from the kernel may hold hundreds of requests, and Node hands over all of them before a cut connection is
    // really gone.
    if (!entry || socket.destroyed) return undefined;
    if (entry.requests > limit) {
      socket.destroy();
      return undefined;
    }
    entry.belongsToSession = () => false;
    giveUntil(entry, clock.now() + TCP_LIMITS.unansweredMs);
    return entry;
  };

  return {
    count: () => open.size,

    begin({ socket }, response) {
      const entry = admit(socket, TCP_LIMITS.requests - 1);
      if (!entry) return false;
      entry.requests += 1;
      response.once("close", () => {
        entry.requests -= 1;
        entry.belongsToSession = () => false;
        if (entry.requests === 0) giveUntil(entry, clock.now() + TCP_LIMITS.keepAliveMs);
      });
      return true;
    },

    beginUpgrade: (socket) => admit(socket, 0) !== undefined,

    keepWhile(socket, belongsToSession) {
      const entry = entries.get(socket);
      if (entry) entry.belongsToSession = belongsToSession;
    },

    serve(socket, network) {
      const entry = entries.get(socket);
      if (entry) count(entry, network);
      return countOf(network);
    },

    beginHandshake(raw, network) {
      const otherEnd = otherEndOf(raw);
      const handshake: Counted = { network: undefined };
      handshakes.set(otherEnd, handshake);
      count(handshake, network);
      raw.once("close", () => endHandshake(otherEnd, handshake));
      return countOf(network);
    },

    async ended(withinMs) {
      if (open.size > 0)
        await new Promise<void>((resolve) => {
          const cancel = clock.after(withinMs, () => {
            // Pages come back at once after their bye: whoever still gets in would be one more to wait for.
            isOver = true;
            for (const socket of open) socket.destroy();
          });
          onEmpty = () => {
            cancel();
            resolve();
          };
        });
      isOver = true;
    },
  };
}

const otherEndOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/**
 * Everything that is written to a connection goes through here: answers of HTTP, frames, and the pongs that the WebSocket
 * library sends by itself. A single answer may be larger than the bound; another one on top of it may not.
 */
function boundWaiting(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  const bounded = (...args: unknown[]): boolean => {
    if (socket.writableLength <= TCP_LIMITS.waitingBytes) return write(...args);
    socket.destroy();
    return false;
  };
  socket.write = bounded as Socket["write"];
}
