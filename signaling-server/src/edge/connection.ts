import { BYE_POLICY, type ClientEvent, type ClientReply, errorBody } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { Caller } from "../domain/lobby/command.ts";
import type { Log } from "../ports.ts";
import type { IceGrants } from "../service/ice-grants.ts";
import type { Lobby } from "../service/lobby.ts";
import type { CheckToken } from "./identity.ts";
import { type ClientRequest, readInbound } from "./inbound.ts";
import type { SocketCourier, WireSocket } from "./socket-courier.ts";

/** A page's connection after its hello was accepted. */
export interface Connection {
  readonly caller: Caller;
  /** From here on what the page sends is answered. */
  start(): void;
  /** Whether the page said that it is being unloaded. */
  unloading(): boolean;
  /** Stops its timer; what still arrives is ignored. */
  end(): void;
}

interface ConnectionParts {
  readonly socket: WireSocket;
  readonly caller: Caller;
  readonly userId: string;
  /** How long the token is still good for. */
  readonly expiresInMs: number;
  readonly lobby: Lobby;
  readonly ice: IceGrants;
  readonly courier: SocketCourier;
  readonly checkToken: CheckToken;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: { readonly tokenGraceMs: number; readonly touchMs: number };
}

/** What a page may still send while it is being unloaded. */
const SAYS_NOTHING_OF_STAYING: ReadonlySet<ClientEvent> = new Set([
  "unloading",
  "signal",
  "media",
  "call-report",
]);

export function openConnection(parts: ConnectionParts): Connection {
  const { socket, caller, lobby, ice, courier, checkToken, clock, log, settings } = parts;
  let ended = false;
  let unloading = false;
  let touchedAt = clock.now();
  let cancelExpiry: Cancel | undefined;
  /** The token's end, on this clock. */
  let endsAt = clock.now() + parts.expiresInMs;

  const leftMs = () => Math.max(0, endsAt - clock.now());

  const watchExpiry = () => {
    cancelExpiry?.();
    cancelExpiry = clock.after(leftMs() + settings.tokenGraceMs, () => {
      const { reconnect } = BYE_POLICY.token_expired;
      courier.dismiss(socket.id, { code: "token_expired", reconnect });
    });
  };

  async function refreshToken(token: string): Promise<ClientReply<"refresh-token">> {
    const verdict = await checkToken(token);
    if (!verdict.ok) return verdict;
    const { userId, expiresInMs } = verdict.identity;
    if (userId !== parts.userId)
      return { ok: false, error: errorBody("token_invalid", "It is another person's token.") };
    // A token that ends earlier replaces nothing, however late it comes.
    endsAt = Math.max(endsAt, clock.now() + expiresInMs);
    if (!ended) watchExpiry();
    log.info("Token refreshed", { sessionId: caller.sessionId });
    return { ok: true, expiresInMs: leftMs() };
  }

  async function iceServers(): Promise<ClientReply<"ice-servers">> {
    // An older socket of the session, or one whose session is over, gets no account.
    const status = await lobby.status(caller);
    return status.ok ? { ok: true, ice: ice.grant(caller.sessionId) } : status;
  }

  async function carryOut({ event, body }: ClientRequest): Promise<ClientReply<ClientEvent>> {
    switch (event) {
      case "find":
        if (body.relayOnly && ice.relay() !== "ok")
          return { ok: false, error: errorBody("relay_unavailable") };
        return lobby.find(caller, body.requestId, body.relayOnly);
      case "leave":
        return lobby.leave(caller, body.requestId);
      case "ready":
        return lobby.ready(caller, body.requestId, body.roomId);
      case "give-up":
        return lobby.giveUp(caller, body.requestId, body.roomId);
      case "rebuild":
        return lobby.rebuild(caller, body.requestId, body);
      case "ice-servers":
        return iceServers();
      case "call-report":
        return lobby.callReport(caller, body);
      case "media":
        return lobby.media(caller, body.roomId, body.flowing);
      case "signal":
        return lobby.signal(caller, body);
      case "status":
        return lobby.status(caller);
      case "refresh-token":
        return refreshToken(body.token);
      case "unloading":
        unloading = true;
        return { ok: true };
    }
  }

  /** Exactly one answer to each request (SPEC W3), whatever happens on the way (SPEC W6). */
  const onPacket = (packet: readonly unknown[]): void => {
    if (ended) return;
    const inbound = readInbound(packet);
    const answerTo = (reply: (answer: unknown) => void) => (answer: unknown) =>
      courier.answer(socket.id, () => reply(answer));
    switch (inbound.kind) {
      case "unanswerable":
        courier.deliver(socket.id, "problem", { event: inbound.event, error: inbound.error });
        return;
      case "refused":
        log.debug("Request refused", { sessionId: caller.sessionId, code: inbound.error.code });
        answerTo(inbound.reply)({ ok: false, error: inbound.error });
        return;
      case "request": {
        const { event } = inbound.request;
        // A wish to do something shows that the page was not unloaded after all.
        if (!SAYS_NOTHING_OF_STAYING.has(event)) unloading = false;
        carryOut(inbound.request)
          .catch((error: unknown) => {
            log.error("A handler failed", {
              event,
              error: error instanceof Error ? error.stack : String(error),
            });
            return { ok: false, error: errorBody("internal") } as const;
          })
          .then(answerTo(inbound.reply))
          .catch((error: unknown) => log.warn("A reply could not be sent", { event, error: String(error) }));
      }
    }
  };

  return {
    caller,

    start() {
      // Instead of handlers by name: no event a client can name reaches the emitter's own (`error`, `disconnect`, …).
      socket.use((packet) => onPacket(packet));
      socket.conn.on("heartbeat", () => {
        if (ended || clock.now() - touchedAt < settings.touchMs) return;
        touchedAt = clock.now();
        lobby.touch(caller).catch(() => undefined);
      });
      watchExpiry();
    },

    unloading: () => unloading,

    end() {
      ended = true;
      cancelExpiry?.();
    },
  };
}
