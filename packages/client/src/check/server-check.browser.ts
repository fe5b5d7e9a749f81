import {
  type Bye,
  ERROR_POLICY,
  type ErrorBody,
  errorBody,
  type IceGrant,
  PROTOCOL_VERSION,
} from "@serendip/protocol";
import { within } from "@serendip/time";
import { randomUuid } from "../base/uuid.browser.ts";
import type { Readiness } from "../signaling/readiness.port.ts";
import type { SignalingConnection, SignalingSocket } from "../signaling/signaling-socket.port.ts";
import { IdentityFailure, type TokenSource } from "../signaling/token-source.port.ts";
import type { Way } from "../signaling/ways.machine.ts";
import {
  full,
  refusalOfHello,
  refusalOfIdentity,
  type ServerRefusal,
  tooMany,
} from "./server-refusal.browser.ts";

const WAYS = ["websocket", "polling"] as const satisfies readonly Way[];
const WELCOME_MS = 10_000;

/** What the service gives to a check. */
export interface Offer {
  readonly ice: IceGrant;
  /** There was no account for TURN servers; after this time there may be (SPEC K24). */
  readonly retryAfterMs: number | undefined;
}

/** What came of one way; `lost`: nobody said why, so that something between may be in the way. */
type Meeting =
  | { readonly type: "met"; readonly offer: Offer }
  | { readonly type: "refused"; readonly refusal: ServerRefusal; readonly renew?: boolean }
  | { readonly type: "lost" };

type ServerOutcome =
  | ServerRefusal
  | { readonly state: "ok"; readonly why?: undefined; readonly ways?: readonly Way[] };

/** Looks whether the service lets people in, and over which ways. */
export interface ServerCheck {
  meet(signal: AbortSignal): Promise<Partial<Offer> & { readonly outcome: ServerOutcome }>;
}

/**
 * Says hello as somebody of its own, who disturbs no chat of this browser, and is the same one for each way and each run: a
 * check costs the network one new identity, and its person one challenge. One way after the other, because two lines of one
 * person take the session from each other.
 */
export function createServerCheck(tools: {
  readonly readiness: Readiness;
  readonly tokens: TokenSource;
  readonly socket: SignalingSocket;
}): ServerCheck {
  let token: string | undefined;

  /** @throws IdentityFailure */
  async function renew(signal: AbortSignal): Promise<string> {
    const reply = await tools.tokens.fetch(token, signal);
    token = reply.token;
    return token;
  }

  /** A token that no longer counts is replaced once. */
  async function meetBy(way: Way, shown: string, signal: AbortSignal): Promise<Meeting> {
    const found = await askOverSocket(tools.socket, { way, token: shown, signal });
    if (found.type !== "refused" || !found.renew) return found;
    token = undefined;
    try {
      return await askOverSocket(tools.socket, { way, token: await renew(signal), signal });
    } catch (error) {
      return { type: "refused", refusal: refusalOfFailure(error) };
    }
  }

  /** Why it lets nobody in at the moment; undefined: it does. */
  async function readiness(signal: AbortSignal): Promise<ServerRefusal | undefined> {
    const { state, retryAfterMs } = await tools.readiness.ask(signal);
    switch (state) {
      case "ready":
        return undefined;
      case "limited":
        return tooMany(retryAfterMs);
      case "full":
        return full();
      case "refused":
        return { state: "failed", why: "signaling-not-ready" };
      case "silent":
        return { state: "failed", why: "signaling-unreachable" };
    }
  }

  async function meetByAll(
    shown: string,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<ServerCheck["meet"]>>> {
    const heard: Way[] = [];
    const offers: Offer[] = [];
    for (const way of WAYS) {
      const found = await meetBy(way, token ?? shown, signal);
      signal.throwIfAborted();
      if (found.type !== "lost") heard.push(way);
      if (found.type === "met") offers.push(found.offer);
      // Whoever has been refused is not to come again at once, by another way either.
      if (found.type === "refused" && offers.length === 0) return { outcome: found.refusal };
    }
    // A line that is turned away at the door (SPEC N4) looks like one that something between has cut.
    const limit = heard.length < WAYS.length ? await readiness(signal) : undefined;
    const offer = offers.find(({ retryAfterMs }) => retryAfterMs === undefined) ?? offers[0];
    if (offer) return { outcome: { state: "ok", ...(!limit && { ways: heard }) }, ...offer };
    return { outcome: limit ?? { state: "failed", why: "socket-blocked" } };
  }

  return {
    async meet(signal) {
      const refusal = await readiness(signal);
      if (refusal) return { outcome: refusal };
      let shown: string;
      try {
        shown = await renew(signal);
      } catch (error) {
        signal.throwIfAborted();
        return { outcome: refusalOfFailure(error) };
      }
      return meetByAll(shown, signal);
    },
  };
}

const refusalOfFailure = (error: unknown): ServerRefusal =>
  error instanceof IdentityFailure ? refusalOfIdentity(error) : { state: "unknown", why: "no-answer" };

const refused = (error: ErrorBody): Meeting => ({
  type: "refused",
  refusal: refusalOfHello(error),
  renew: ERROR_POLICY[error.code].reaction === "renew",
});

/** A bye in place of the welcome. */
const errorOfBye = ({ code, delayMs }: Bye): ErrorBody =>
  errorBody(
    code === "rate_limited" || code === "revoked" || code === "token_expired" ? code : "unavailable",
    undefined,
    delayMs,
  );

function askOverSocket(
  socket: SignalingSocket,
  { way, token, signal }: { readonly way: Way; readonly token: string; readonly signal: AbortSignal },
): Promise<Meeting> {
  const ask = (ended: AbortSignal) =>
    new Promise<Meeting>((resolve) => {
      const end = (meeting: Meeting): void => {
        connection.close();
        resolve(meeting);
      };
      const lose = (): void => end({ type: "lost" });
      ended.addEventListener("abort", lose, { once: true });
      const connection: SignalingConnection = socket.open(way, {
        onOpen: () => connection.greet({ protocol: PROTOCOL_VERSION, token, tabId: randomUuid() }),
        onMessage: ({ event, body }) => {
          if (event === "bye") end(refused(errorOfBye(body)));
          if (event !== "welcome") return;
          // A way that falls silent after the welcome is none.
          connection.request("ice-servers", {}).then((reply) => {
            if (reply.ok) return end({ type: "met", offer: { ice: reply.ice, retryAfterMs: undefined } });
            const { code, retryAfterMs = WELCOME_MS } = reply.error;
            const isLimited = code === "rate_limited" && body.relay !== "none";
            const ice = { iceServers: body.iceServers };
            end({ type: "met", offer: { ice, retryAfterMs: isLimited ? retryAfterMs : undefined } });
          }, lose);
        },
        onRefused: (error) => end(refused(error)),
        onClosed: lose,
      });
    });
  return within({ limitMs: WELCOME_MS, signal }, ask);
}
