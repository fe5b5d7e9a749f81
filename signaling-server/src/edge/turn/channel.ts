import { connectStream } from "./stream-socket.ts";
import type { Address } from "./stun-values.ts";
import type { TimeLimit } from "./time-limit.ts";
import { failureOf, type TurnFailure } from "./turn-failure.ts";
import { connectUdp } from "./udp-socket.ts";

/** A STUN or TURN server at one of its addresses. */
export interface Target extends Address {
  readonly transport: "udp" | "tcp";
  readonly secure: boolean;
  /** The name or address that its TLS certificate has to be for. */
  readonly certified: string;
}

/** A connection to a STUN or TURN server that carries whole STUN messages. */
export interface Channel {
  /** Whether a message may get lost, so that requests have to be repeated. */
  readonly lossy: boolean;
  /** Does nothing once the channel is closed or has failed. */
  send(message: Buffer): void;
  close(): void;
}

/** Callbacks of a socket. Each of them may come at any time. */
export interface SocketEnds {
  onOpen(): void;
  onMessage(message: Buffer): void;
  onFailure(error: unknown): void;
}

export interface ChannelOptions {
  /** Certificate authorities that TLS trusts in place of Node's own, PEM. */
  readonly authority?: string | undefined;
  /** The time limit for opening it. */
  readonly limit: TimeLimit;
}

/**
 * Opens a channel to a server. `onFailure` is called at most once, and never after `close`; a failure before the channel is
 * open rejects instead.
 *
 * @throws TurnFailure
 */
export function openChannel(
  target: Target,
  ends: { onMessage(message: Buffer): void; onFailure(failure: TurnFailure): void },
  { authority, limit }: ChannelOptions,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    let socket: Channel | undefined;
    let state: "opening" | "open" | "closed" = "opening";

    const close = () => {
      if (state === "closed") return;
      state = "closed";
      stopWaiting();
      socket?.close();
    };
    const fail = (error: unknown) => {
      const before = state;
      close();
      if (before === "opening") reject(failureOf(error));
      if (before === "open") ends.onFailure(failureOf(error));
    };
    const send = (message: Buffer) => {
      if (state !== "open") return;
      try {
        socket?.send(message);
      } catch (error) {
        fail(error);
      }
    };
    const says: SocketEnds = {
      onOpen() {
        if (state !== "opening" || !socket) return;
        state = "open";
        stopWaiting();
        resolve({ lossy: socket.lossy, send, close });
      },
      onMessage: (message) => void (state === "open" && ends.onMessage(message)),
      onFailure: fail,
    };

    const over = limit.over();
    if (over) {
      reject(over);
      return;
    }
    const stopWaiting = limit.onOver(fail);
    try {
      const { transport } = target;
      socket = transport === "udp" ? connectUdp(target, says) : connectStream(target, says, authority);
    } catch (error) {
      fail(error);
    }
  });
}
