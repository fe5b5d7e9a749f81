import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@serendip/time";
import { DOOR_POINTS } from "../../domain/network/door.ts";
import type { DoorMeter } from "../../ports/counting.ts";
import type { Log } from "../../ports.ts";
import type { Refusal } from "./form.ts";
import type { Networks } from "./networks.ts";
import { countTurnedAway } from "./turned-away.ts";

export interface DoorkeeperParts {
  readonly networks: Networks;
  readonly meter: DoorMeter;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** TCP connections that one network may have. */
  readonly mostConnections: number;
}

/** Stands before the queue of newcomers: bounds what each network asks for before it is known who asks. */
export interface Doorkeeper {
  /**
   * What becomes of a request that belongs to no session: undefined where it may come in, "cut" where it gets no answer.
   *
   * @param connections open TCP connections of its network, with its own
   */
  judge(request: IncomingMessage, connections: number): Refusal | "cut" | undefined;
  /** The request was refused for what it is. */
  noteRefused(request: IncomingMessage): void;
  /**
   * Whether a peer may bring something that is no request (yet), which costs its network points. Not counted where the peer may be a
   * proxy.
   */
  allows(socket: Socket, what: "handshake" | "noRequest"): boolean;
  /** Whether a network may not have so many connections. */
  isCrowded(connections: number): boolean;
  /** Forgets its timer. */
  stop(): void;
}

/** A crowd that is turned away comes back over this time, and not all of it at once. */
const COME_BACK = { soonestMs: 1_000, latestMs: 5_000 } as const;

function pointsOf({ url = "", headers }: IncomingMessage): number {
  if (headers.upgrade !== undefined) return DOOR_POINTS.webSocket;
  if (url.startsWith("/socket.io/")) return DOOR_POINTS.polling;
  return url.startsWith("/v1/") ? DOOR_POINTS.token : DOOR_POINTS.other;
}

export function createDoorkeeper(parts: DoorkeeperParts): Doorkeeper {
  const { networks, meter, random, mostConnections } = parts;
  const turnedAway = countTurnedAway(parts);

  const refusal = (message: string, waitMs: number): Refusal => {
    const { soonestMs, latestMs } = COME_BACK;
    const retryAfterMs = Math.max(soonestMs, waitMs) + Math.round((latestMs - soonestMs) * random());
    return { status: 429, message, retryAfterMs };
  };
  const isCrowded = (connections: number): boolean => connections > mostConnections;

  return {
    judge(request, connections) {
      const { counted, shown } = networks.of(request);
      if (counted === undefined) return undefined;
      const verdict = meter.ask(counted, pointsOf(request));
      if (verdict.ok && !isCrowded(connections)) return undefined;
      turnedAway.note(shown);
      if (!verdict.ok && verdict.isCut) return "cut";
      // A browser takes any refusal of its own question (Fetch, CORS preflight) for a server that is not there.
      if (request.method === "OPTIONS") return undefined;
      if (verdict.ok) return refusal("Too many connections of this network are open.", 0);
      return refusal("Too many requests come from this network.", verdict.retryAfterMs);
    },
    noteRefused(request) {
      const { counted } = networks.of(request);
      if (counted !== undefined) meter.charge(counted, DOOR_POINTS.refused);
    },
    allows(socket, what) {
      const { counted, shown } = networks.ofPeer(socket);
      if (counted === undefined || meter.ask(counted, DOOR_POINTS[what]).ok) return true;
      turnedAway.note(shown);
      return false;
    },
    isCrowded,
    stop: turnedAway.stop,
  };
}
