import {
  type CallReport,
  type ClientReply,
  type ErrorBody,
  type ErrorCode,
  errorBody,
  type Hello,
  type RequestId,
  type RoomId,
  type ServerBody,
  type SignalEnvelope,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type { Answer, Caller, Command, DetachCause, LobbyStats, Outcome } from "../domain/lobby/command.ts";
import type { Courier, IdSource, Log, TicketSigner } from "../ports.ts";
import { type LobbyStore, StoreUnavailable } from "../store/lobby-store.ts";
import { type CallOverview, createCallReports } from "./call-reports.ts";
import { type Arrival, type Arrived, createDelivery } from "./delivery.ts";
import type { IceGrants } from "./ice-grants.ts";
import { createLobbyTimers } from "./lobby-timers.ts";
import type { Relay } from "./relay.ts";

export type AttachReply =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly error: ErrorBody };

/**
 * What people ask of the lobby. Each request becomes one command of the store; what the command brought about is
 * delivered before its answer, and before anything of a later command. Nothing rejects: failures are replies.
 */
export interface Lobby {
  /** On success the socket's first event is its `welcome`. */
  attach(arrival: Arrival): Promise<AttachReply>;
  detach(caller: Caller, cause: DetachCause): Promise<void>;
  /** `relayOnly`: neither side may see the other's address. */
  find(caller: Caller, requestId: RequestId, relayOnly?: boolean): Promise<ClientReply<"find">>;
  leave(caller: Caller, requestId: RequestId): Promise<ClientReply<"leave">>;
  ready(caller: Caller, requestId: RequestId, roomId: RoomId): Promise<ClientReply<"ready">>;
  giveUp(caller: Caller, requestId: RequestId, roomId: RoomId): Promise<ClientReply<"give-up">>;
  /** The caller's connection of this generation does not come back. */
  rebuild(
    caller: Caller,
    requestId: RequestId,
    room: { readonly roomId: RoomId; readonly generation: number },
  ): Promise<ClientReply<"rebuild">>;
  /** The caller says whether its partner's media flows. */
  media(caller: Caller, roomId: RoomId, flowing: boolean): Promise<ClientReply<"media">>;
  signal(caller: Caller, envelope: SignalEnvelope): Promise<ClientReply<"signal">>;
  /** How a call was for the caller; counted once for each side of a room (SPEC H2). */
  callReport(caller: Caller, report: CallReport): Promise<ClientReply<"call-report">>;
  calls(): CallOverview;
  /** A TURN server works that did not, or the other way round. */
  turnChanged(): void;
  status(caller: Caller): Promise<ClientReply<"status">>;
  /** A sign of life of the caller's socket. */
  touch(caller: Caller): Promise<void>;
  stats(): Promise<LobbyStats>;
  inspect(limit: number): ReturnType<LobbyStore["inspect"]>;
  /** Stops its timers and resolves when everything under way has been delivered. */
  stop(): Promise<void>;
}

export interface LobbyParts {
  readonly store: LobbyStore;
  readonly courier: Courier;
  readonly relay: Relay;
  readonly ice: Pick<IceGrants, "grant" | "observe">;
  readonly tickets: TicketSigner;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly welcome: Pick<ServerBody<"welcome">, "iceServers" | "retryWindowMs">;
  readonly ticketRenewMs: number;
  /** Of each TURN server, whether it works by the server's own check; undefined: not known yet. For the alerts. */
  readonly turnVerdicts?: (() => readonly (boolean | undefined)[]) | undefined;
}

/** How long to wait before a command is tried again on a store that could not be reached, and how often. */
const STORE_RETRY = { pauseMs: 500, jitter: 0.2, times: 2 } as const;
/** When a page may ask again after the store stayed away. */
const RETRY_AFTER_MS = 2_000;

export function createLobby(parts: LobbyParts): Lobby {
  const { store, relay, tickets, ids, clock, random, log } = parts;
  const delivery = createDelivery(parts);
  const calls = createCallReports(parts);
  const timers = createLobbyTimers({
    clock,
    renewMs: parts.ticketRenewMs,
    nextDeadline: () => store.nextDeadline(),
    tick: async () => void (await run({ type: "tick" })),
    renewTickets: () => delivery.renewTickets(),
    anybodyInRoom: () => relay.hasRooms(),
    onFailure: (error) =>
      log.warn("The lobby's clockwork could not reach the store", { error: String(error) }),
  });
  /** The last wish of each caller, so that a search that is being retried does not outlive a later `leave`. */
  const wishes = new WeakMap<Caller, number>();
  const wish = (caller: Caller): number => {
    const number = (wishes.get(caller) ?? 0) + 1;
    wishes.set(caller, number);
    return number;
  };

  /** A page that waits for signals which went into its dead connection needs a new negotiation (SPEC R5). */
  function withWhatWasLost(resume: Hello["resume"]): Hello["resume"] {
    if (!resume?.received || !relay.missesSignals(resume.sessionId, resume.received)) return resume;
    return { ...resume, peerConnection: "lost" };
  }

  async function run(command: Command, arrival?: Arrived) {
    const outcome = await store.execute(command);
    calls.observe(outcome.facts);
    await delivery.deliver(outcome, arrival);
    timers.rearm();
    return outcome;
  }

  const pause = () =>
    new Promise<void>((resolve) => {
      const { pauseMs, jitter } = STORE_RETRY;
      clock.after(pauseMs * (1 - jitter + 2 * jitter * random()), resolve);
    });

  /** Tries again while the store is away and `stillWanted`. */
  async function runWithRetry(
    command: Command,
    phrase: string,
    stillWanted: () => boolean,
  ): Promise<Outcome> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await run(command);
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || attempt >= STORE_RETRY.times) throw error;
        await pause();
        if (!stillWanted()) throw error;
        log.info(phrase, { attempt: attempt + 1 });
      }
    }
  }

  const refused = (code: ErrorCode, retryAfterMs?: number) => {
    calls.refused(code);
    return { ok: false, error: errorBody(code, undefined, retryAfterMs) } as const;
  };

  const failure = (error: unknown) => {
    if (error instanceof StoreUnavailable) return refused("unavailable", RETRY_AFTER_MS);
    log.error("A command failed", { error: error instanceof Error ? error.stack : String(error) });
    return refused("internal");
  };

  const stateReply = (answer: Answer): ClientReply<"find"> => {
    if (!answer.ok) return refused(answer.code);
    if (answer.type !== "state") return refused("internal");
    return { ok: true, state: answer.state, crowd: answer.crowd };
  };
  const doneReply = (answer: Answer): ClientReply<"leave"> =>
    answer.ok ? { ok: true } : refused(answer.code);

  return {
    async attach(arrival) {
      const { hello, userId, deviceGroup, socketId } = arrival;
      calls.hello();
      try {
        const claims = hello.ticket === undefined ? undefined : await tickets.read(hello.ticket);
        // A ticket speaks only for the person it names.
        const presented = claims?.me === userId ? claims : undefined;
        const command: Command = {
          type: "attach",
          userId,
          deviceGroup,
          tabId: hello.tabId,
          socketId,
          force: hello.force ?? false,
          resume: withWhatWasLost(hello.resume),
          ticket: presented,
          newSessionId: ids.id(),
          newResumeSecret: ids.secret(),
        };
        const { answer } = await run(command, { ...arrival, presented });
        if (!answer.ok) return refused(answer.code);
        if (answer.type !== "attached") return refused("internal");
        return { ok: true, caller: { sessionId: answer.sessionId, epoch: answer.epoch } };
      } catch (error) {
        return failure(error);
      }
    },

    async detach(caller, cause) {
      wish(caller);
      relay.unseat(caller);
      try {
        await runWithRetry({ type: "detach", caller, cause }, "Retrying clean-up", () => true);
      } catch (error) {
        // The sweep of sessions without a sign of life cleans up what could not be told now.
        log.warn("A lost connection could not be reported", { ...caller, cause, error: String(error) });
      }
    },

    async find(caller, requestId, relayOnly = false) {
      const mine = wish(caller);
      try {
        const outcome = await runWithRetry(
          { type: "find", caller, requestId, relayOnly },
          "Retrying partner search",
          () => wishes.get(caller) === mine,
        );
        if (outcome.facts.some((fact) => fact.type === "room-ended" && fact.reason === "next"))
          log.info("User already in room, cleaning up first", { sessionId: caller.sessionId, requestId });
        return stateReply(outcome.answer);
      } catch (error) {
        return failure(error);
      }
    },

    async leave(caller, requestId) {
      wish(caller);
      return run({ type: "leave", caller, requestId }).then((outcome) => doneReply(outcome.answer), failure);
    },

    ready: (caller, requestId, roomId) =>
      run({ type: "ready", caller, requestId, roomId }).then((outcome) => doneReply(outcome.answer), failure),

    giveUp: (caller, requestId, roomId) =>
      run({ type: "give-up", caller, requestId, roomId }).then(
        (outcome) => stateReply(outcome.answer),
        failure,
      ),

    rebuild: (caller, requestId, { roomId, generation }) =>
      run({ type: "rebuild", caller, requestId, roomId, generation }).then(
        (outcome) => doneReply(outcome.answer),
        failure,
      ),

    media: (caller, roomId, flowing) =>
      run({ type: "media", caller, roomId, flowing }).then((outcome) => doneReply(outcome.answer), failure),

    async signal(caller, envelope) {
      const verdict = relay.relay(caller, envelope);
      if (verdict.ok) return { ok: true };
      if ("generation" in verdict) {
        const { roomId } = envelope;
        const { generation } = verdict;
        // A repetition while this is under way names an older generation and changes nothing.
        await run({ type: "raise-generation", caller, roomId, generation }).catch(failure);
      }
      return refused(verdict.code);
    },

    async callReport(caller, report) {
      if (!relay.speaksFor(caller)) return refused("stale_session");
      return calls.take(caller.sessionId, report) ? { ok: true } : refused("not_in_room");
    },
    calls: calls.overview,
    turnChanged: calls.review,

    async status(caller) {
      try {
        const report = await store.status(caller);
        if (!report) return refused("stale_session");
        const { state, crowd, position } = report;
        return position === undefined ? { ok: true, state, crowd } : { ok: true, state, crowd, position };
      } catch (error) {
        return failure(error);
      }
    },

    async touch(caller) {
      await run({ type: "touch", caller }).catch(failure);
    },

    stats: () => store.stats(),
    inspect: (limit) => store.inspect(limit),

    async stop() {
      timers.stop();
      await delivery.idle();
    },
  };
}
