import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  ERROR_POLICY,
  type ServerBody,
  type SignalEnvelope,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { createConnectionCheck } from "./connection-check.ts";
import { createInsistence, type Insistence } from "./insistence.ts";
import { createSignalAcks, type SignalAcks } from "./signal-acks.ts";
import { RequestLost, type ServerMessage, type SignalingConnection } from "./signaling-socket.port.ts";
import type { SignalingEvent } from "./signaling-state.machine.ts";

/** What is asked of the service, and what becomes of a connection that does not answer. */
export interface SignalingRequests extends Pick<Insistence, "insist"> {
  /** Makes sure that the service hears us, for a call that needs it now: a dead connection is replaced at once. */
  check(): void;
  /** @throws RequestLost when not online, when the connection is lost, or when no reply came in time. */
  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>>;
  /** A last word, without an answer; nothing when not online. */
  tell<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): void;
}

/** What the requests have to know of the connection that they go over. */
interface OfConnection extends Pick<Insistence, "forget"> {
  /** It can be used from now on. */
  begin(welcome: Pick<ServerBody<"welcome">, "cumulativeAcks">): void;
  /** What the server says of signals that were sent over it. */
  hear(message: Extract<ServerMessage, { event: "acked" | "signal-refused" }>): void;
}

export function createSignalingRequests(options: {
  readonly clock: Clock;
  /** The connection over which the service can be asked, with the number of its attempt. */
  readonly online: () => { readonly id: number; readonly connection: SignalingConnection } | undefined;
  readonly dispatch: (event: SignalingEvent) => void;
  readonly onError: (code: string, context: string) => void;
}): SignalingRequests & { readonly ofConnection: OfConnection } {
  const { clock, online, dispatch, onError } = options;
  const liveness = createConnectionCheck(clock);
  /** Undefined where the server acknowledges each signal, like any other request. */
  let acks: SignalAcks | undefined;
  const isOnline = (connection: SignalingConnection): boolean => online()?.connection === connection;

  const ask = <Event extends ClientEvent>(
    connection: SignalingConnection,
    event: Event,
    body: ClientBody<Event>,
  ): Promise<ClientReply<Event>> =>
    event === "signal" && acks
      ? (acks.send(body as SignalEnvelope) as Promise<ClientReply<Event>>)
      : connection.request(event, body);

  async function request<Event extends ClientEvent>(
    event: Event,
    body: ClientBody<Event>,
  ): Promise<ClientReply<Event>> {
    const now = online();
    if (!now) throw new RequestLost(`${event}: not connected`);
    const { id, connection } = now;
    const askedAt = clock.now();
    try {
      const reply = await ask(connection, event, body);
      // A signal that is acknowledged together with others may have been taken long before.
      if (event !== "signal") liveness.answered(clock.now() - askedAt);
      if (reply.ok) return reply;
      const { code, message } = reply.error;
      onError(code, `${event}: ${message}`);
      // Whoever sends signals knows whether another hello can help where one is missing.
      const disagrees = code !== "bad_sequence" && ERROR_POLICY[code].reaction === "resync";
      if (disagrees && isOnline(connection)) dispatch({ type: "resync" });
      return reply;
    } catch (error) {
      onError("request-lost", event);
      // A socket that does not answer is as good as gone, whatever the transport believes.
      if (isOnline(connection)) dispatch({ type: "unheard", id });
      throw error;
    }
  }

  const { forget, ...insistence } = createInsistence({ clock, request });

  return {
    ofConnection: {
      begin({ cumulativeAcks }) {
        acks?.lose();
        const now = online();
        acks = cumulativeAcks && now ? createSignalAcks(clock, now.connection) : undefined;
      },
      hear(message) {
        if (message.event === "acked") acks?.acked(message.body);
        else acks?.refused(message.body);
      },
      forget() {
        const lost = acks;
        acks = undefined;
        lost?.lose();
        forget();
      },
    },
    check() {
      const now = online();
      if (!now) {
        dispatch({ type: "hurry" });
        return;
      }
      liveness.ask(now.connection, () => {
        onError("unanswered", "status");
        dispatch({ type: "unanswered", id: now.id });
      });
    },
    request,
    ...insistence,
    tell: (event, body) => online()?.connection.tell(event, body),
  };
}
