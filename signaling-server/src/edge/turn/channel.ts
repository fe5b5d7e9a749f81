import { connectStream } from "./stream-socket.ts";
import type { Address } from "./stun-values.ts";
import type { TimeLimit } from "./time-limit.ts";
import { failureOf, type TurnFailure } from "./turn-failure.ts";
import { connectUdp } from "./udp-socket.ts";

/** A STUN or TURN server at one of its addresses. */
export interface Target extends Address {
  readonly transport: "udp" | "tcp";
  readonly secure: boolean;
  /** Whom its TLS certificate has to be for: a name or an address. */
  readonly certified: string;
}

/** A way to a STUN or TURN server, for whole STUN messages. */
export interface Channel {
  /** Whether what is sent may get lost, so that it has to be repeated. */
  readonly lossy: boolean;
  /** Does nothing once the channel is closed or has failed. */
  send(message: Buffer): void;
  close(): void;
}

/** What a socket says of itself. It may say anything at any time. */
export interface SocketEnds {
  onOpen(): void;
  onMessage(message: Buffer): void;
  onFailure(error: unknown): void;
}

export interface ChannelOptions {
  /** PEM; whom to trust for TLS in place of those whom Node trusts. */
  readonly authority?: string | undefined;
  /** When to give up opening it. */
  readonly limit: TimeLimit;
}

/**
 * Opens the way to a server. `onFailure` is called at most once, and never after `close`; until the channel is open, its
 * failure is the rejection.
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
