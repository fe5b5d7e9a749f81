import {
  type ClientEvent,
  type ClientReply,
  errorBody,
  LIMITS,
  type SignalEnvelope,
} from "@serendip/protocol";
import type { LimitVerdict } from "../../domain/limits/quota.ts";
import type { EventClass } from "../../domain/limits/table.ts";
import type { Caller } from "../../domain/lobby/command.ts";
import type { Log } from "../../ports.ts";
import type { CallReports } from "../../service/call-reports.ts";
import type { IceGrants } from "../../service/ice/grants.ts";
import type { Lobby } from "../../service/lobby.ts";
import { classOf, type EventLimits } from "./event-limits.ts";
import { type ClientRequest, readInbound, readSignalIn } from "./inbound.ts";
import type { SignalAcks } from "./signal-acks.ts";

interface RequestParts {
  readonly lobby: Lobby;
  readonly calls: Pick<CallReports, "take">;
  readonly ice: Pick<IceGrants, "knows" | "grant" | "grantForCheck">;
  readonly log: Log;
  readonly limits: EventLimits;
  /** Undefined for a page that wants an acknowledgement of each signal. */
  readonly acks: Pick<SignalAcks, "answer" | "withReply"> | undefined;
  /** The session that asks; undefined before the welcome. */
  readonly caller: () => Caller | undefined;
  readonly refreshToken: (token: string) => Promise<ClientReply<"refresh-token">>;
  readonly onUnloading: () => void;
  readonly sendProblem: (event: string, error: ReturnType<typeof errorBody>) => void;
}

type Outcome = ClientReply<ClientEvent> | Promise<ClientReply<ClientEvent>>;
type Reply = (body: ClientReply<ClientEvent>) => void;

/** Pause for a page that has too many requests under way. */
const BUSY_MS = 1_000;

const refused = (error: ReturnType<typeof errorBody>) => ({ ok: false, error }) as const;

/** Answers what one page asks: exactly one answer to each request (SPEC W3), whatever happens on the way (SPEC W6). */
export function answerRequests(parts: RequestParts): (packet: readonly unknown[]) => void {
  const { lobby, ice, log, limits } = parts;
  let inFlight = 0;
  /** Number of the page's latest `find` or `leave`, so that a search that is tried again does not outlive it. */
  let wish = 0;

  const newWish = (): (() => boolean) => {
    wish += 1;
    const mine = wish;
    return () => wish === mine;
  };

  async function iceServers(caller: Caller): Promise<ClientReply<"ice-servers">> {
    // An older socket of the session, or one whose session is over, gets no account.
    const status = await lobby.status(caller);
    if (!status.ok) return status;
    // It may have ended while the store was asked; an account of its own nobody would count.
    if (!ice.knows(caller.sessionId)) return refused(errorBody("stale_session"));
    if (status.state.kind === "in-room") return { ok: true, ice: ice.grant(caller.sessionId) };
    const forCheck = ice.grantForCheck(caller.sessionId);
    if (forCheck.ok) return forCheck;
    const says = "Too many tests of the TURN servers from this network at the moment.";
    return refused(errorBody("rate_limited", says, forCheck.retryAfterMs));
  }

  function carryOut(caller: Caller, { event, body }: ClientRequest): Outcome {
    switch (event) {
      case "find":
        return lobby.find(caller, body, newWish());
      case "leave":
        newWish();
        return lobby.leave(caller, body.requestId);
      case "ready":
        return lobby.ready(caller, body.requestId, body.roomId);
      case "give-up":
        return lobby.giveUp(caller, body.requestId, body.roomId);
      case "rebuild":
        return lobby.rebuild(caller, body);
      case "ice-servers":
        return iceServers(caller);
      case "call-report":
        return parts.calls.take(caller, body);
      case "media":
        return lobby.media(caller, body);
      case "signal":
        return lobby.signal(caller, body);
      case "status":
        return lobby.status(caller);
      case "refresh-token":
        return parts.refreshToken(body.token);
      case "unloading":
        parts.onUnloading();
        return { ok: true };
    }
  }

  function begin(request: ClientRequest): Outcome {
    const caller = parts.caller();
    if (!caller) return refused(errorBody("unavailable", "The welcome has not been sent yet."));
    if (inFlight >= LIMITS.requestsInFlight)
      return refused(errorBody("unavailable", "Too many requests wait for their answers.", BUSY_MS));
    const outcome = carryOut(caller, request);
    if (!(outcome instanceof Promise)) return outcome;
    inFlight += 1;
    return outcome.finally(() => {
      inFlight -= 1;
    });
  }

  function failed(event: ClientEvent, error: unknown): ClientReply<ClientEvent> {
    log.error("A handler failed", { event, error: error instanceof Error ? error.stack : String(error) });
    return refused(errorBody("internal"));
  }

  /** Answers at once where there is nothing to wait for: most requests are signals. */
  function answer(request: ClientRequest, reply: Reply): void {
    const { event } = request;
    try {
      const outcome = begin(request);
      if (outcome instanceof Promise) void outcome.then(reply, (error) => reply(failed(event, error)));
      else reply(outcome);
    } catch (error) {
      reply(failed(event, error));
    }
  }

  /** An answer that cannot be sent is no failure of what it answers. */
  const replyBy =
    (send: (body: ClientReply<ClientEvent>) => unknown): Reply =>
    (body) => {
      try {
        send(body);
      } catch (error) {
        log.warn("A reply could not be sent", { error: String(error) });
      }
    };

  /** Refuses what is too much. An event without an acknowledgement is not even told so (SPEC B1). */
  function tellToWait(reply: Reply | undefined, eventClass: EventClass, retryAfterMs: number): void {
    reply?.(refused(errorBody("rate_limited", undefined, retryAfterMs)));
    limits.refused(eventClass, retryAfterMs);
  }

  const waitMsOf = (verdict: LimitVerdict): number => (verdict.ok ? 0 : verdict.retryAfterMs);
  const takeSignal = (): LimitVerdict => limits.take("signal");

  /** A signal is asked about once it has been read, because it keeps its place among the others (SPEC B3). */
  function onSignal(envelope: SignalEnvelope, reply: Reply): void {
    const caller = parts.caller();
    const waitMs = caller ? lobby.holdBack(caller, envelope, takeSignal) : waitMsOf(takeSignal());
    if (waitMs > 0) tellToWait(reply, "signal", waitMs);
    else answer({ event: "signal", body: envelope }, reply);
  }

  const replyIn = (packet: readonly unknown[]): Reply | undefined => {
    const last = packet.at(-1);
    return typeof last === "function" ? replyBy((body) => void last(body)) : undefined;
  };

  function onPacket(packet: readonly unknown[]): void {
    const reply = replyIn(packet);
    const eventClass = classOf(packet[0]);
    const isSignal = eventClass === "signal";
    const unreadWaitMs = isSignal ? 0 : waitMsOf(limits.take(eventClass));
    if (unreadWaitMs > 0) {
      tellToWait(reply, eventClass, unreadWaitMs);
      return;
    }
    const inbound = readInbound(packet);
    if (inbound.kind === "request" && inbound.request.event === "signal") {
      onSignal(inbound.request.body, replyBy(inbound.reply));
      return;
    }
    const waitMs = isSignal ? waitMsOf(takeSignal()) : 0;
    if (waitMs > 0) {
      tellToWait(reply, "signal", waitMs);
      return;
    }
    if (inbound.kind === "unanswerable") parts.sendProblem(inbound.event, inbound.error);
    else if (inbound.kind === "request") answer(inbound.request, replyBy(inbound.reply));
    else {
      log.debug("Request refused", { sessionId: parts.caller()?.sessionId, code: inbound.error.code });
      replyBy(inbound.reply)(refused(inbound.error));
    }
  }

  return (packet) => {
    const { acks } = parts;
    const signal = readSignalIn(packet);
    // Most of what comes is a signal that has been read already: it goes the short way.
    if (signal && packet.length === 2 && acks)
      onSignal(
        signal,
        replyBy((body) => acks.answer(signal, body)),
      );
    else onPacket(acks ? acks.withReply(packet) : packet);
  };
}
