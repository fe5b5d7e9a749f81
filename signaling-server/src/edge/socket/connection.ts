import { byeOf, type ClientEvent, type ClientReply, errorBody, type Hello } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { LimitKeys } from "../../domain/limits/quota.ts";
import type { Caller, DetachCause } from "../../domain/lobby/command.ts";
import type { EventMeter, Limiter } from "../../ports/counting.ts";
import type { Identity } from "../../ports/identity.ts";
import type { Log } from "../../ports.ts";
import type { CallReports } from "../../service/call-reports.ts";
import type { IceGrants } from "../../service/ice/grants.ts";
import type { Lobby } from "../../service/lobby.ts";
import type { DeviceKeyOf } from "../device-key.ts";
import type { Engine } from "../engine/engine.ts";
import type { CheckToken } from "../identity.ts";
import type { EdgeCounts } from "../metrics/edge-counts.ts";
import type { SocketCourier, WireSocket } from "./courier.ts";
import { limitEvents } from "./event-limits.ts";
import type { HelloLimits } from "./hello-limits.ts";
import { answerRequests } from "./requests.ts";
import { createSignalAcks } from "./signal-acks.ts";
import type { SignsOfLife } from "./signs-of-life.ts";
import { readSignalMessage } from "./text-parser.ts";

/** A page whose hello has been read and whose token is good. */
export interface Newcomer {
  readonly hello: Hello;
  readonly identity: Identity;
  /** A keyed hash of the network that the connection comes from; undefined where it is not known. */
  readonly networkKey: string | undefined;
}

/** A page's connection, from its accepted hello to its end. */
export interface Connection {
  /** Undefined before the welcome. */
  caller(): Caller | undefined;
  /** Whether the page said that it is being unloaded. */
  unloading(): boolean;
  /**
   * Ends a connection whose socket is gone; packets that still arrive are ignored.
   *
   * @param cause undefined where the lobby knows of the end already.
   */
  end(cause: DetachCause | undefined): void;
}

export interface ConnectionParts {
  readonly engine: Pick<Engine, "takeFirst">;
  readonly socket: WireSocket;
  readonly newcomer: Newcomer;
  readonly deviceKeyOf: DeviceKeyOf;
  readonly lobby: Lobby;
  readonly calls: Pick<CallReports, "take">;
  readonly ice: Pick<IceGrants, "knows" | "grant" | "grantForCheck">;
  readonly courier: SocketCourier;
  readonly checkToken: CheckToken;
  readonly meter: EventMeter;
  readonly limiter: Limiter;
  readonly helloLimits: Pick<HelloLimits, "afterAttach">;
  readonly clock: Clock;
  readonly log: Log;
  readonly signsOfLife: Pick<SignsOfLife, "note">;
  readonly counts: Pick<EdgeCounts, "limited">;
  readonly settings: { readonly tokenGraceMs: number };
  /** Called just before the welcome is sent. */
  readonly onWelcome: (caller: Caller) => void;
  /** Called with the word to the lobby that the socket is gone, for which a stopping server has to wait. */
  readonly onDetaching: (told: Promise<void>) => void;
}

/** Events that a page may still send while it is being unloaded. */
const SAYS_NOTHING_OF_STAYING: ReadonlySet<unknown> = new Set<ClientEvent>([
  "unloading",
  "signal",
  "media",
  "call-report",
]);

export function openConnection(parts: ConnectionParts): Connection {
  const { engine, socket, lobby, ice, courier, checkToken, clock, log, settings } = parts;
  const { hello, identity, networkKey } = parts.newcomer;
  let caller: Caller | undefined;
  let ended: { readonly cause: DetachCause | undefined } | undefined;
  let unloading = false;
  let cancelExpiry: Cancel | undefined;
  /** The end of the token, as a reading of `clock`. */
  let endsAt = clock.now() + identity.expiresInMs;

  const keys: LimitKeys = {
    person: identity.userId,
    device: identity.deviceGroup,
    network: networkKey,
  };
  const limits = limitEvents({
    meter: parts.meter,
    keys,
    clock,
    log,
    sessionId: () => caller?.sessionId,
    onRefused: (what) => parts.counts.limited.add(what),
    onStrikesOver: (delayMs) => courier.dismiss(socket.id, byeOf("rate_limited", { delayMs })),
  });

  const leftMs = () => Math.max(0, endsAt - clock.now());

  const watchExpiry = () => {
    cancelExpiry?.();
    cancelExpiry = clock.after(leftMs() + settings.tokenGraceMs, () =>
      courier.dismiss(socket.id, byeOf("token_expired")),
    );
  };

  async function refreshToken(token: string): Promise<ClientReply<"refresh-token">> {
    const allowed = await parts.limiter.take("refresh-token", keys);
    if (!allowed.ok) {
      limits.refused("refresh-token", allowed.retryAfterMs);
      return { ok: false, error: errorBody("rate_limited", undefined, allowed.retryAfterMs) };
    }
    const verdict = await checkToken(token, { sessionId: caller?.sessionId });
    if (!verdict.ok) return verdict;
    const { userId, expiresInMs } = verdict.identity;
    if (userId !== identity.userId)
      return { ok: false, error: errorBody("token_invalid", "It is another person's token.") };
    // A token that ends earlier replaces nothing, however late it comes.
    endsAt = Math.max(endsAt, clock.now() + expiresInMs);
    if (!ended) watchExpiry();
    log.info("Token refreshed", { sessionId: caller?.sessionId });
    return { ok: true, expiresInMs: leftMs() };
  }

  const detach = (who: Caller, cause: DetachCause | undefined): void => {
    if (cause) parts.onDetaching(lobby.detach(who, cause));
  };

  const acks = hello.cumulativeAcks
    ? createSignalAcks({ clock, send: (event, body) => void courier.deliver(socket.id, event, body) })
    : undefined;
  if (acks) courier.sendAlong(socket.id, acks.ride);

  const onPacket = answerRequests({
    lobby,
    calls: parts.calls,
    ice,
    log,
    limits,
    acks,
    caller: () => caller,
    refreshToken,
    onUnloading: () => {
      unloading = true;
    },
    sendProblem: (event, error) => void courier.deliver(socket.id, "problem", { event, error }),
  });

  // One listener for all events instead of one by name, so that no event name of a client reaches the emitter's own
  // (`error`, `disconnect`, …).
  const take = (packet: readonly unknown[]): void => {
    if (ended) return;
    // Any other event shows that the page was not unloaded after all.
    if (!SAYS_NOTHING_OF_STAYING.has(packet[0])) unloading = false;
    onPacket(packet);
  };
  socket.use(take);
  // Most events are signals, which need nothing of what Socket.IO does.
  engine.takeFirst(socket.conn, (message) => {
    const signal = readSignalMessage(message);
    // In the next tick, as Socket.IO does it: each event is taken in its turn.
    if (signal) process.nextTick(take, ["signal", signal]);
    return signal !== undefined;
  });
  socket.conn.on("heartbeat", () => {
    if (caller && !ended) parts.signsOfLife.note(caller);
  });
  watchExpiry();

  lobby
    .attach({
      userId: identity.userId,
      deviceGroup: identity.deviceGroup,
      networkKey,
      deviceKey: parts.deviceKeyOf(identity),
      tokenExpiresInMs: Math.max(0, identity.expiresInMs),
      socketId: socket.id,
      hello,
      onAttached(attached) {
        caller = attached;
        // A store that answers late may put the session on a socket that is gone by now.
        if (ended) detach(caller, ended.cause);
        else parts.onWelcome(caller);
      },
    })
    .then(async (reply) => {
      const bye = reply.ok ? await parts.helloLimits.afterAttach(parts.newcomer, reply) : reply.bye;
      if (!bye) return;
      log.info("Hello refused", { socketId: socket.id, code: bye.code });
      courier.dismiss(socket.id, bye);
    })
    .catch((error: unknown) => log.error("An attach failed", { error: String(error) }));

  return {
    caller: () => caller,
    unloading: () => unloading,
    end(cause) {
      ended = { cause };
      engine.takeFirst(socket.conn, undefined);
      cancelExpiry?.();
      acks?.end();
      if (caller) detach(caller, cause);
    },
  };
}
