import {
  type ClientBody,
  type ClientEvent,
  type ClientReply,
  ERROR_POLICY,
  type ServerBody,
} from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import { runMachine, type Watch } from "../base/machine-runner.ts";
import type { TabMemory } from "../tab/tab-memory.ts";
import type { Log } from "../words/log.ts";
import { createConnectionCheck } from "./connection-check.ts";
import { helloOf } from "./hello.ts";
import { reduceSignaling } from "./signaling.machine.ts";
import {
  RequestLost,
  type ServerMessage,
  type SignalingConnection,
  type SignalingSocket,
} from "./signaling-socket.port.ts";
import {
  CLOSED_LINK,
  deadlineOf,
  type SignalingEffect,
  type SignalingEvent,
  type SignalingState,
} from "./signaling-state.machine.ts";
import { IdentityFailure, type TokenSource } from "./token-source.port.ts";
import { createTokenSupply } from "./token-supply.ts";

/** What the service says about rooms. */
export type LobbyMessage = Exclude<ServerMessage, { event: "welcome" | "bye" | "ticket" | "problem" }>;

export interface SignalingOptions {
  readonly socket: SignalingSocket;
  readonly tokens: TokenSource;
  readonly memory: TabMemory;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Whether there is a peer connection at this moment. */
  readonly peerConnection: () => "alive" | "lost";
  /** Whether a call's media is interrupted, so that the connection is needed soon. */
  readonly urgent: () => boolean;
  /** The signals that have come, where a missing one would keep the call from being made. */
  readonly received: () => { readonly generation: number; readonly count: number } | undefined;
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
export interface Signaling {
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
  /** Makes sure that the service hears us, for a call that needs it now: a dead connection is replaced at once. */
  check(): void;
  /** Says hello anew, because the two sides disagree. */
  resync(): void;
  /** @throws RequestLost when not online, when the connection is lost, or when no reply came in time. */
  request<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): Promise<ClientReply<Event>>;
  /** A last word, without an answer; nothing when not online. */
  tell<Event extends ClientEvent>(event: Event, body: ClientBody<Event>): void;
}

/** One attempt and the connection that may come of it. */
interface Attempt {
  readonly id: number;
  readonly abort: AbortController;
  connection: SignalingConnection | undefined;
}

export function createSignaling(options: SignalingOptions): Signaling {
  const { socket, tokens, memory, clock, random, log, onError } = options;
  let listener: SignalingListener = { onWelcome: () => {}, onMessage: () => {} };
  let live: Attempt | undefined;
  const liveness = createConnectionCheck(clock);
  const supply = createTokenSupply({ source: tokens, memory, clock });

  const runner = runMachine<SignalingState, SignalingEvent, SignalingEffect>({
    initial: CLOSED_LINK,
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
  runner.watch((state, previous) => {
    if (state.at.name !== previous.at.name) log.info("signaling", { state: state.at.name });
  });

  function perform(effect: SignalingEffect): void {
    if (effect.type === "attempt") {
      const attempt: Attempt = { id: effect.id, abort: new AbortController(), connection: undefined };
      live = attempt;
      connect(attempt, effect).catch((error: unknown) => attemptFailed(attempt, error));
    }
    if (live?.id !== effect.id) return;
    if (effect.type === "refresh-token")
      refresh(live).catch((error: unknown) => refreshFailed(effect.id, error));
    if (effect.type === "abandon") {
      const { abort, connection } = live;
      live = undefined;
      abort.abort();
      connection?.close();
    }
  }

  async function connect(
    attempt: Attempt,
    { force, ...how }: { readonly force: boolean; readonly renew: boolean; readonly urgent: boolean },
  ): Promise<void> {
    const tab = await memory.open();
    const token = await supply.forAttempt(how, attempt.abort.signal);
    if (live !== attempt) return;
    options.onToken();
    memory.note({ token });
    // Before anything is sent, so that no later attempt of this tab can have the same number (SPEC S10).
    memory.note({ connection: (memory.current().connection ?? 0) + 1 });
    const connection = socket.open(
      helloOf({
        token,
        tabId: tab.tabId,
        remembered: memory.current(),
        force,
        peerConnection: options.peerConnection(),
        received: options.received(),
      }),
      {
        onMessage: (message) => {
          if (live === attempt) received(attempt, message);
        },
        onRefused: (error) => {
          if (live !== attempt) return;
          onError(error.code, `hello: ${error.message}`);
          dispatch({ type: "hello-refused", id: attempt.id, error });
        },
        onClosed: (reason) => {
          if (live === attempt) closed(attempt, reason);
        },
      },
    );
    // The socket may have been refused, or the attempt abandoned, before `open` returned.
    if (live === attempt) attempt.connection = connection;
    else connection.close();
  }

  function attemptFailed(attempt: Attempt, error: unknown): void {
    if (live !== attempt) return;
    onError(error instanceof IdentityFailure ? `identity-${error.code}` : "attempt-failed", String(error));
    const refused = error instanceof IdentityFailure && error.code === "refused";
    dispatch({ type: refused ? "identity-refused" : "attempt-failed", id: attempt.id });
  }

  function closed({ id }: Attempt, reason: string): void {
    onError("connection-closed", reason);
    dispatch({ type: runner.state().at.name === "online" ? "lost" : "attempt-failed", id });
  }

  function received({ id }: Attempt, message: ServerMessage): void {
    switch (message.event) {
      case "welcome":
        welcomed(id, message.body);
        break;
      case "bye":
        onError(message.body.code, "bye");
        // A tab that was restored from an older memory goes on above what it has forgotten.
        if (message.body.newestConnection !== undefined)
          memory.note({ connection: message.body.newestConnection });
        dispatch({ type: "bye", id, bye: message.body });
        break;
      case "ticket":
        memory.note({ ticket: message.body.ticket });
        break;
      case "problem":
        onError(message.body.error.code, `${message.body.event}: ${message.body.error.message}`);
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
    dispatch({ type: "welcomed", id, tokenExpiresInMs, retryWindowMs });
    listener.onWelcome(welcome);
  }

  async function refresh(attempt: Attempt): Promise<void> {
    const { token } = await tokens.fetch(memory.current().token, attempt.abort.signal);
    if (live !== attempt || !attempt.connection) return;
    const reply = await attempt.connection.request("refresh-token", { token });
    if (!reply.ok) throw Object.assign(new Error(reply.error.message), { code: reply.error.code });
    memory.note({ token });
    supply.extend(reply.expiresInMs);
    dispatch({ type: "token-refreshed", id: attempt.id, expiresInMs: reply.expiresInMs });
  }

  function refreshFailed(id: number, error: unknown): void {
    if (live?.id !== id) return;
    onError("token-refresh-failed", String(error));
    dispatch({ type: "refresh-failed", id });
  }

  function check(): void {
    const attempt = live;
    const connection = online();
    if (!attempt || !connection) {
      dispatch({ type: "hurry" });
      return;
    }
    liveness.ask(connection, () => {
      onError("unanswered", "status");
      dispatch({ type: "unanswered", id: attempt.id });
    });
  }

  function online(): SignalingConnection | undefined {
    const { at } = runner.state();
    return at.name === "online" && live?.id === at.id ? live.connection : undefined;
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
    check,
    reached: () => dispatch({ type: "reached" }),
    resync: () => dispatch({ type: "resync" }),
    async request(event, body) {
      const connection = online();
      if (!connection) throw new RequestLost(`${event}: not connected`);
      const resync = () => {
        if (connection === online()) dispatch({ type: "resync" });
      };
      const askedAt = clock.now();
      try {
        const reply = await connection.request(event, body);
        liveness.answered(clock.now() - askedAt);
        if (reply.ok) return reply;
        const { code, message } = reply.error;
        onError(code, `${event}: ${message}`);
        if (ERROR_POLICY[code].reaction === "resync") resync();
        return reply;
      } catch (error) {
        onError("request-lost", event);
        // A socket that does not answer is as good as gone, whatever the transport believes.
        resync();
        throw error;
      }
    },
    tell: (event, body) => online()?.tell(event, body),
  };
}
