import {
  type Bye,
  byeOf,
  type ClientBody,
  type ClientReply,
  type ErrorCode,
  errorBody,
  type RequestId,
  type RoomId,
  type SignalEnvelope,
  type UserId,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type {
  Answer,
  Caller,
  Command,
  DetachCause,
  LobbyStats,
  Outcome,
  ShutOut,
} from "../domain/lobby/command.ts";
import type { IdSource, Log, TicketSigner } from "../ports.ts";
import { type LobbyStore, StoreUnavailable } from "../store/lobby-store.ts";
import type { Arrival, Delivery } from "./delivery.ts";
import type { IceGrants } from "./ice/grants.ts";
import type { Relay } from "./relay/relay.ts";

export type AttachReply =
  /** `returned`: the page has come back to its session, or has a good ticket. */
  { readonly ok: true; readonly returned: boolean } | { readonly ok: false; readonly bye: Bye };

/**
 * The requests of pages to the lobby. Each becomes one command of the store, and the store's answer becomes the reply.
 * Events that the command brought about have been sent before its reply (SPEC W11). Nothing rejects: failures are replies.
 */
export interface Lobby {
  /** On success the socket's first event is its `welcome`. */
  attach(arrival: Arrival): Promise<AttachReply>;
  detach(caller: Caller, cause: DetachCause): Promise<void>;
  /** `isWanted`: whether the page still searches, asked before a search is tried again. */
  find(caller: Caller, wish: ClientBody<"find">, isWanted: () => boolean): Promise<ClientReply<"find">>;
  leave(caller: Caller, requestId: RequestId): Promise<ClientReply<"leave">>;
  ready(caller: Caller, requestId: RequestId, roomId: RoomId): Promise<ClientReply<"ready">>;
  giveUp(caller: Caller, requestId: RequestId, roomId: RoomId): Promise<ClientReply<"give-up">>;
  /** The caller's peer connection of this generation does not come back (SPEC R10). */
  rebuild(caller: Caller, wish: ClientBody<"rebuild">): Promise<ClientReply<"rebuild">>;
  /** The caller says whether its partner's media flows. */
  media(caller: Caller, word: ClientBody<"media">): Promise<ClientReply<"media">>;
  /** Forwards a signal at once: the reply is a promise only where the generation has to be raised. */
  signal(caller: Caller, envelope: SignalEnvelope): ClientReply<"signal"> | Promise<ClientReply<"signal">>;
  /** How long a signal has to wait because its sender sends too much (SPEC B3), milliseconds; 0: it may be forwarded. */
  holdBack: Relay["holdBack"];
  status(caller: Caller): Promise<ClientReply<"status">>;
  /** Raises the generation, because signals of this one were lost on their way to the caller (SPEC R14). */
  replaceGeneration(
    caller: Caller,
    room: { readonly roomId: RoomId; readonly generation: number },
  ): Promise<void>;
  /** Whether the person has a session here, or brings a ticket of a room: so that a full server lets them in (SPEC N6). */
  knows(userId: UserId, ticket: string | undefined): Promise<boolean>;
  /** Ends the sessions of whom the operator has shut out (SPEC S16). */
  shutOut(who: ShutOut): Promise<void>;
  /** Whose a session is, also one in grace. Rejects where the store cannot be reached. */
  whoseIs: LobbyStore["whoseIs"];
  /** From now on nobody is matched (SPEC D1). */
  drain(): Promise<void>;
  /** Signs of life of the callers' sockets. */
  touch(callers: readonly Caller[]): Promise<void>;
  stats(): Promise<LobbyStats>;
  inspect(limit: number): ReturnType<LobbyStore["inspect"]>;
}

export interface LobbyParts {
  readonly store: LobbyStore;
  readonly delivery: Pick<Delivery, "expect" | "forget">;
  readonly relay: Pick<Relay, "relay" | "holdBack" | "negotiationWaitMs">;
  readonly ice: Pick<IceGrants, "relay">;
  readonly tickets: Pick<TicketSigner, "read">;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Called with each error that is the service's own fault. */
  readonly onFailure: (code: ErrorCode) => void;
}

/** Pause before a command is tried again on a store that could not be reached, and how many times it is. */
const STORE_RETRY = { pauseMs: 500, jitter: 0.2, times: 2 } as const;
/** The pause that a page is asked for when the store stays away. */
const RETRY_AFTER_MS = 2_000;

interface Attempts<Value> {
  /** Logged at each attempt after the first. */
  readonly phrase: string;
  readonly isWanted: () => boolean;
  readonly read: (outcome: Outcome) => Value;
}

const always = () => true;
const nothing = () => undefined;

const refused = (code: ErrorCode, retryAfterMs?: number) =>
  ({ ok: false, error: errorBody(code, undefined, retryAfterMs) }) as const;

/** `stale_connection` answers hellos only, so no other request gets it. */
const codeOf = ({ code }: Extract<Answer, { ok: false }>): ErrorCode =>
  code === "stale_connection" ? "internal" : code;

export function createLobby(parts: LobbyParts): Lobby {
  const { store, delivery, relay, ice, tickets, ids, clock, random, log, onFailure } = parts;

  const failure = (error: unknown) => {
    const away = error instanceof StoreUnavailable;
    onFailure(away ? "unavailable" : "internal");
    if (away) return refused("unavailable", RETRY_AFTER_MS);
    log.error("A command failed", { error: error instanceof Error ? error.stack : String(error) });
    return refused("internal");
  };

  const pause = () =>
    new Promise<void>((resolve) => {
      const { pauseMs, jitter } = STORE_RETRY;
      clock.after(pauseMs * (1 - jitter + 2 * jitter * random()), resolve);
    });

  /** Tries a command again while the store is away and `isWanted` says so, and reads its outcome. */
  function executeWithRetry<Value>(
    command: Command,
    { phrase, isWanted, read }: Attempts<Value>,
    retries = 0,
  ): Promise<Value> {
    return store.execute(command).then(read, async (error: unknown) => {
      if (!(error instanceof StoreUnavailable) || retries >= STORE_RETRY.times) throw error;
      await pause();
      if (!isWanted()) throw error;
      log.info(phrase, { attempt: retries + 1 });
      return executeWithRetry(command, { phrase, isWanted, read }, retries + 1);
    });
  }

  const stateReply = ({ answer }: { readonly answer: Answer }): ClientReply<"find"> => {
    if (!answer.ok) return refused(codeOf(answer));
    if (answer.type !== "state") return refused("internal");
    return { ok: true, state: answer.state, crowd: answer.crowd };
  };
  const doneReply = ({ answer }: { readonly answer: Answer }): ClientReply<"leave"> =>
    answer.ok
      ? { ok: true }
      : refused(codeOf(answer), "retryAfterMs" in answer ? answer.retryAfterMs : undefined);

  const askState = (command: Command) => store.execute(command).then(stateReply, failure);
  const askDone = (command: Command) => store.execute(command).then(doneReply, failure);

  const attachReply = (answer: Answer, hasTicket: boolean): AttachReply => {
    if (answer.ok) return { ok: true, returned: hasTicket || (answer.type === "attached" && answer.resumed) };
    if (answer.code === "superseded") return { ok: false, bye: byeOf("superseded") };
    if (answer.code === "stale_connection") {
      const { newestConnection } = answer;
      return { ok: false, bye: byeOf("stale_connection", { newestConnection }) };
    }
    return { ok: false, bye: byeOf("unavailable", { delayMs: RETRY_AFTER_MS }) };
  };

  return {
    async attach(arrival) {
      const { hello, userId, deviceGroup, networkKey, deviceKey, socketId } = arrival;
      const ticket = hello.ticket === undefined ? undefined : tickets.read(hello.ticket, userId);
      delivery.expect(arrival, ticket);
      try {
        const { answer } = await store.execute({
          type: "attach",
          userId,
          deviceGroup,
          networkKey,
          deviceKey,
          tabId: hello.tabId,
          connection: hello.connection,
          socketId,
          force: hello.force ?? false,
          resume: hello.resume,
          ticket,
          newSessionId: ids.id(),
          newResumeSecret: ids.secret(),
        });
        return attachReply(answer, ticket !== undefined);
      } catch (error) {
        delivery.forget(socketId);
        failure(error);
        return { ok: false, bye: byeOf("unavailable", { delayMs: RETRY_AFTER_MS }) };
      }
    },

    async detach(caller, cause) {
      try {
        const attempts = { phrase: "Retrying clean-up", isWanted: always, read: nothing };
        await executeWithRetry({ type: "detach", caller, cause }, attempts);
      } catch (error) {
        // The sweep of sessions without a sign of life cleans up what could not be told now.
        log.warn("A lost connection could not be reported", { ...caller, cause, error: String(error) });
      }
    },

    find(caller, { requestId, relayOnly = false, mediaReady = false }, isWanted) {
      if (relayOnly && ice.relay() !== "ok") return Promise.resolve(refused("relay_unavailable"));
      const command = { type: "find", caller, requestId, relayOnly, mediaReady } as const;
      const read = (outcome: Outcome): ClientReply<"find"> => {
        if (outcome.facts.some((fact) => fact.type === "room-ended" && fact.reason === "next"))
          log.info("User already in room, cleaning up first", { sessionId: caller.sessionId, requestId });
        return stateReply(outcome);
      };
      return executeWithRetry(command, { phrase: "Retrying partner search", isWanted, read }).catch(failure);
    },

    leave: (caller, requestId) => askDone({ type: "leave", caller, requestId }),
    ready: (caller, requestId, roomId) => askDone({ type: "ready", caller, requestId, roomId }),
    giveUp: (caller, requestId, roomId) => askState({ type: "give-up", caller, requestId, roomId }),
    async rebuild(caller, wish) {
      const waitMs = relay.negotiationWaitMs(caller);
      return waitMs > 0 ? refused("rate_limited", waitMs) : askDone({ type: "rebuild", caller, ...wish });
    },
    media: (caller, word) => askDone({ type: "media", caller, ...word }),

    signal(caller, envelope) {
      const verdict = relay.relay(caller, envelope);
      if (verdict.ok) return { ok: true };
      const { roomId } = envelope;
      if (!("generation" in verdict)) {
        const reply = refused(verdict.code, verdict.retryAfterMs);
        return verdict.isFlood ? askDone({ type: "flooding", caller, roomId }).then(() => reply) : reply;
      }
      const reply = refused(verdict.code);
      const { generation } = verdict;
      // A repetition while this is under way names an older generation and changes nothing.
      return askDone({ type: "raise-generation", caller, roomId, generation, role: "initiator" }).then(
        () => reply,
      );
    },

    holdBack: relay.holdBack,

    async replaceGeneration(caller, { roomId, generation }) {
      await askDone({ type: "raise-generation", caller, roomId, generation, role: "responder" });
    },

    async status(caller) {
      try {
        const status = await store.status(caller);
        if (!status) return refused("stale_session");
        const { state, crowd, position } = status;
        return position === undefined ? { ok: true, state, crowd } : { ok: true, state, crowd, position };
      } catch (error) {
        return failure(error);
      }
    },

    async knows(userId, ticket) {
      if (ticket !== undefined && tickets.read(ticket, userId) !== undefined) return true;
      return store.knows(userId).catch(() => false);
    },

    async shutOut(who) {
      try {
        const attempts = { phrase: "Retrying to shut out", isWanted: always, read: nothing };
        await executeWithRetry({ type: "shut-out", who }, attempts);
      } catch (error) {
        // Live connections have got their bye, and no new one is let in.
        log.warn("The places of somebody who was shut out could not be ended", { error: String(error) });
      }
    },

    whoseIs: (sessionId) => store.whoseIs(sessionId),

    async drain() {
      await askDone({ type: "drain" });
    },

    async touch(callers) {
      await askDone({ type: "touch", callers });
    },

    stats: () => store.stats(),
    inspect: (limit) => store.inspect(limit),
  };
}
