import { ERROR_POLICY, type ErrorBody, type ServerBody } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { runMachine, type Watch } from "../base/machine-runner.ts";
import type { TabMemory } from "../tab/tab-memory.ts";
import type { Log } from "../words/log.ts";
import { createAttemptLines } from "./attempt-lines.ts";
import { type Attempt, createAttempts } from "./attempts.ts";
import { type HelloSource, nextHello } from "./hello.ts";
import { reduceSignaling } from "./signaling.machine.ts";
import { sayPlans } from "./signaling-log.ts";
import { createSignalingRequests, type SignalingRequests } from "./signaling-requests.ts";
import type { ServerMessage, SignalingConnection, SignalingSocket } from "./signaling-socket.port.ts";
import {
  CLOSED_SIGNALING,
  deadlineOf,
  liveId,
  type SignalingEffect,
  type SignalingEvent,
  type SignalingState,
} from "./signaling-state.machine.ts";
import { IdentityFailure, type TokenSource } from "./token-source.port.ts";
import { createTokenSupply } from "./token-supply.ts";
import { noteWays, wayOf } from "./way-memory.ts";

/** What the service says about rooms. */
export type LobbyMessage = Exclude<
  ServerMessage,
  { event: "welcome" | "bye" | "draining" | "ticket" | "problem" | "acked" | "signal-refused" }
>;

export interface SignalingOptions extends HelloSource {
  readonly socket: SignalingSocket;
  readonly tokens: TokenSource;
  readonly memory: TabMemory;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Whether a call's media is interrupted, so that the connection is needed soon. */
  readonly urgent: () => boolean;
  /** There is a token for an attempt. */
  readonly onToken: () => void;
  readonly onError: (code: string, context: string) => void;
}

/** What the service says over whatever connection there is. */
export interface SignalingListener {
  onWelcome(welcome: ServerBody<"welcome">): void;
  onMessage(message: LobbyMessage): void;
}

/** The connection to the signaling service, kept up by the reconnect policy. */
export interface Signaling extends SignalingRequests {
  state(): SignalingState;
  /** Who hears the service from now on. */
  listen(listener: SignalingListener): void;
  /** From now on called after each change of the connection's state. */
  watch(look: Watch<SignalingState, SignalingEvent>): void;
  open(force: boolean): void;
  /** Closes the connection; nothing is delivered afterwards. */
  close(): void;
  retryNow(): void;
  /** Tries at once where the policy was waiting. */
  promising(): void;
  /** The network is there: an attempt that was begun before and is not heard begins anew. */
  reached(): void;
  /** Says hello anew, because the two sides disagree. */
  resync(): void;
  /** The way to the network is another one: what is known of the ways holds no longer. */
  networkChanged(): void;
}

export function createSignaling(options: SignalingOptions): Signaling {
  const { socket, tokens, memory, clock, random, log, onError } = options;
  let listener: SignalingListener = { onWelcome: () => {}, onMessage: () => {} };
  const attempts = createAttempts();
  const supply = createTokenSupply({ source: tokens, memory, clock });

  const runner = runMachine<SignalingState, SignalingEvent, SignalingEffect>({
    initial: CLOSED_SIGNALING,
    clock,
    tick: { type: "tick" },
    reduce: (state, event) =>
      reduceSignaling(state, event, {
        now: clock.now(),
        random: random(),
        inCall: options.peerConnection() === "alive",
        urgent: options.urgent(),
      }),
    deadlineOf,
    onFault: (error) => onError("fault", String(error)),
  });
  runner.carryOut(perform);
  const { dispatch } = runner;
  const { ofConnection, ...requests } = createSignalingRequests({ clock, online, dispatch, onError });
  runner.watch((state, previous) => {
    if (liveId(state.at) !== liveId(previous.at)) ofConnection.forget();
    if (state.at.name !== previous.at.name) log.info("signaling", { state: state.at.name, ...wayOf(state) });
    sayPlans(log, { state, previous, now: clock.now() });
    noteWays(memory, state);
  });

  function perform(effect: SignalingEffect): void {
    if (effect.type === "attempt") {
      const attempt = begin(effect.id, effect.force);
      attempts.add(attempt, effect.beside ? "beside" : "live");
      prepare(attempt, effect).catch((error: unknown) => attemptFailed(attempt, error));
    }
    const attempt = attempts.of(effect.id);
    if (!attempt) return;
    switch (effect.type) {
      case "attempt":
        break;
      case "dial":
        attempt.lines.dial(effect.way);
        break;
      case "greet":
        attempt.lines.greet(effect.way, nextHello(options, newest(attempt.who)));
        break;
      case "drop":
        attempt.lines.drop(effect.way);
        break;
      case "refresh-token":
        refresh(attempt).catch((error: unknown) => refreshFailed(effect.id, error));
        break;
      case "promote":
        attempts.promote(attempt);
        break;
      case "abandon":
        attempts.end(attempt);
        break;
    }
  }

  /** A token that is being replaced may have been used up by its successor, though nobody has said so yet (SPEC S14). */
  const newest = (who: Attempt["who"]): Attempt["who"] => ({
    ...who,
    token: memory.current().token ?? who.token,
  });

  function begin(id: number, force: boolean): Attempt {
    const lines = createAttemptLines(socket, {
      onOpen: (way) => dispatch({ type: "line-open", id, way }),
      onMessage: (message) => received(id, message),
      onRefused: (error) => {
        onError(error.code, `hello: ${error.message}`);
        if (ERROR_POLICY[error.code].reaction === "renew") supply.distrust();
        dispatch({ type: "hello-refused", id, error });
      },
      onClosed(way, { reason, end }) {
        onError("connection-closed", `${way}: ${reason}`);
        const { at } = runner.state();
        const lost = at.name === "online" && at.id === id && at.way === way;
        dispatch(lost ? { type: "lost", id, end } : { type: "line-closed", id, way, end });
      },
    });
    return { id, abort: new AbortController(), lines, who: { tabId: "", token: "", force } };
  }

  async function prepare(
    attempt: Attempt,
    how: { readonly renew: boolean; readonly urgent: boolean },
  ): Promise<void> {
    const { tabId } = await memory.open();
    dispatch({ type: "remembered", id: attempt.id, polling: memory.current().polling });
    const { token, kept } = await supply.forAttempt(how, attempt.abort.signal, () =>
      dispatch({ type: "challenged", id: attempt.id }),
    );
    if (!attempts.has(attempt)) return;
    options.onToken();
    attempt.who = { ...attempt.who, tabId, token };
    memory.note({ token });
    dispatch({ type: "ready", id: attempt.id, kept });
  }

  function attemptFailed(attempt: Attempt, error: unknown): void {
    if (!attempts.has(attempt)) return;
    onError(error instanceof IdentityFailure ? `identity-${error.code}` : "attempt-failed", String(error));
    const { id } = attempt;
    const code = error instanceof IdentityFailure ? error.code : "unreachable";
    if (code === "unreachable") dispatch({ type: "attempt-failed", id, ...pauseOf(error) });
    else if (code === "revoked")
      dispatch({ type: "hello-refused", id, error: { code, message: String(error) } });
    else if (code === "refused") dispatch({ type: "identity-refused", id });
    else dispatch({ type: "unanswerable", id, missing: code === "challenge-missing" });
  }

  const refusalOf = ({ message, retryAfterMs }: ErrorBody) =>
    new IdentityFailure("unreachable", message, { retryAfterMs });

  /** What the one who has no token for us says about the next try. */
  const pauseOf = (error: unknown) => (error instanceof IdentityFailure ? error.pause : {});

  function received(id: number, message: ServerMessage): void {
    switch (message.event) {
      case "welcome":
        welcomed(id, message.body);
        break;
      case "bye":
        onError(message.body.code, "bye");
        if (message.body.code === "token_expired") supply.distrust();
        // A tab that was restored from an older memory goes on above what it has forgotten.
        if (message.body.newestConnection !== undefined)
          memory.note({ connection: message.body.newestConnection });
        dispatch({ type: "bye", id, bye: message.body });
        break;
      case "draining":
        dispatch({ type: "draining", id, delayMs: message.body.delayMs });
        break;
      case "ticket":
        memory.note({ ticket: message.body.ticket });
        break;
      case "problem":
        onError(message.body.error.code, `${message.body.event}: ${message.body.error.message}`);
        break;
      case "acked":
      case "signal-refused":
        ofConnection.hear(message);
        break;
      case "matched":
        memory.note({ ticket: message.body.ticket });
        listener.onMessage(message);
        break;
      default:
        listener.onMessage(message);
    }
  }

  function welcomed(id: number, welcome: ServerBody<"welcome">): void {
    const { sessionId, resumeSecret, epoch, ticket, tokenExpiresInMs, retryWindowMs } = welcome;
    memory.note({ session: { sessionId, resumeSecret, epoch }, ticket });
    // The person's press has had its effect; a later hello of this connection takes nothing from another tab.
    const attempt = attempts.of(id);
    if (attempt) attempt.who = { ...attempt.who, force: false };
    dispatch({ type: "welcomed", id, tokenExpiresInMs, retryWindowMs });
    // Before anybody hears of the welcome and sends signals again.
    ofConnection.begin(welcome);
    listener.onWelcome(welcome);
  }

  async function refresh(attempt: Attempt): Promise<void> {
    const { token: known } = memory.current();
    // Once another one was asked for, the old one lives for 60 s at most, also where the answer is lost (SPEC S14).
    supply.distrust();
    const { token, expiresInMs } = await tokens.fetch(known, attempt.abort.signal);
    const now = online();
    if (attempts.live() !== attempt || !now) return;
    // Before it is shown: the old one is used up by that, whether or not the answer comes (SPEC S15).
    memory.note({ token });
    supply.note(token, expiresInMs);
    const reply = await now.connection.request("refresh-token", { token });
    if (!reply.ok) {
      if (reply.error.code === "token_invalid") memory.note({ token: known });
      throw refusalOf(reply.error);
    }
    attempt.who = { ...attempt.who, token };
    supply.note(token, reply.expiresInMs);
    dispatch({ type: "token-refreshed", id: attempt.id, expiresInMs: reply.expiresInMs });
  }

  function refreshFailed(id: number, error: unknown): void {
    if (attempts.live()?.id !== id) return;
    onError("token-refresh-failed", String(error));
    dispatch({ type: "refresh-failed", id, retryAfterMs: pauseOf(error).retryAfterMs });
  }

  function online(): { readonly id: number; readonly connection: SignalingConnection } | undefined {
    const { at } = runner.state();
    const live = attempts.live();
    const connection = at.name === "online" && live?.id === at.id ? live.lines.of(at.way) : undefined;
    return connection && live && { id: live.id, connection };
  }

  return {
    state: runner.state,
    listen: (next) => {
      listener = next;
    },
    watch: runner.watch,
    open: (force) => dispatch({ type: "open", force }),
    close: () => dispatch({ type: "close" }),
    retryNow: () => dispatch({ type: "retry-now" }),
    promising: () => dispatch({ type: "promising" }),
    reached: () => dispatch({ type: "reached" }),
    resync: () => dispatch({ type: "resync" }),
    networkChanged: () => dispatch({ type: "network-changed" }),
    ...requests,
  };
}
