import { type IceUrl, parseIceUrl, sayableIceUrl, uselessness } from "@serendip/protocol";
import type { Clock } from "@serendip/time";
import type {
  AddressFault,
  NameResolver,
  TurnAccount,
  TurnChecker,
  TurnFault,
  TurnVerdict,
} from "../../ports/turn.ts";
import { type Summary, summarize } from "./address-verdicts.ts";
import type { Target } from "./channel.ts";
import { tryEach } from "./each-address.ts";
import { findAddresses, shareLookUps } from "./name-resolver.ts";
import { createRelayProbe, type RelayProbe } from "./relay-probe.ts";
import { startTimeLimit, type TimeLimit } from "./time-limit.ts";
import { openRequester } from "./transactions.ts";
import { failureOf, TurnFailure } from "./turn-failure.ts";

interface CheckerParts {
  readonly clock: Clock;
  /** How long one check may take in all. */
  readonly withinMs: number;
  readonly resolver: NameResolver;
  /** Certificate authorities that TLS trusts in place of Node's own, PEM. */
  readonly authority?: string | undefined;
}

/** What a check of a STUN server has found. `sentence` is for an operator and holds no secret. */
export type StunVerdict =
  | { readonly state: "up"; readonly tookMs: number; readonly faults: readonly AddressFault[] }
  | { readonly state: "down"; readonly why: TurnFault; readonly sentence: string };

export interface IceChecker extends TurnChecker {
  /** Checks a TURN server once, and holds nothing. Ends at once when `left` is aborted. Never rejects. */
  checkTurn(url: string, account: TurnAccount, left?: AbortSignal): Promise<TurnVerdict>;
  /** Asks a STUN server for this machine's address. Never rejects. */
  checkStun(url: string): Promise<StunVerdict>;
}

/**
 * Checks STUN and TURN servers at every address of their name (SPEC K6, K7).
 */
export function createIceChecker({ clock, withinMs, resolver, authority }: CheckerParts): IceChecker {
  const shared = shareLookUps(resolver);

  async function check(
    url: IceUrl,
    left: AbortSignal | undefined,
    attempt: (target: Target, limit: TimeLimit) => Promise<number>,
  ) {
    const limit = startTimeLimit({ clock, withinMs, left });
    const { host, port, transport, scheme } = url;
    const target = { port, transport, secure: scheme === "stuns" || scheme === "turns", certified: host };
    try {
      const addresses = await findAddresses(host, shared, limit);
      return await tryEach(addresses, (at) => attempt({ ...target, host: at.address }, limit), {
        clock,
        limit,
      });
    } finally {
      limit.close();
    }
  }

  /** Checks the server that the text names. */
  async function judge(
    kind: "STUN" | "TURN",
    text: string,
    run: (url: IceUrl) => ReturnType<typeof check>,
  ): Promise<Summary<number>> {
    const server = `${kind} server ${sayableIceUrl(text)}`;
    const reading = parseIceUrl(text);
    const useless = reading.ok ? uselessness(reading.url) : reading.why;
    try {
      if (!reading.ok || useless !== undefined) throw new TurnFailure("refused", useless ?? "");
      return summarize(server, await run(reading.url));
    } catch (error) {
      const { code, message } = failureOf(error);
      return { state: "down", why: code, sentence: `${server} ${message}.` };
    }
  }

  const echoMs = withinMs / 3;
  const probeOf = (target: Target) => createRelayProbe({ target, clock, authority, echoMs });

  async function judgeTurn(
    text: string,
    left: AbortSignal | undefined,
    attempt: (target: Target, limit: TimeLimit) => Promise<number>,
  ): Promise<TurnVerdict> {
    const found = await judge("TURN", text, (url) => check(url, left, attempt));
    return found.state === "up" ? { state: "up", relayMs: found.result, faults: found.faults } : found;
  }

  return {
    checkTurn: (text, account, left) =>
      judgeTurn(text, left, async (target, limit) => {
        const probe = probeOf(target);
        try {
          return await probe.check(account, limit);
        } finally {
          await probe.free(limit);
        }
      }),

    watchTurn(text) {
      const left = new AbortController();
      /** By the address of the server; those that its name has no more go. */
      const probes = new Map<string, RelayProbe>();
      return {
        async check(account) {
          const seen = new Set<string>();
          const verdict = await judgeTurn(text, left.signal, (target, limit) => {
            seen.add(target.host);
            const probe = probes.get(target.host) ?? probeOf(target);
            probes.set(target.host, probe);
            return probe.check(account, limit);
          });
          // A name that could not be looked up may have all of its addresses still.
          for (const [host, probe] of probes)
            if (left.signal.aborted || (seen.size > 0 && !seen.has(host))) {
              probe.drop();
              probes.delete(host);
            }
          return verdict;
        },
        close() {
          left.abort();
          for (const probe of probes.values()) probe.drop();
        },
      };
    },

    async checkStun(text) {
      const found = await judge("STUN", text, (url) =>
        check(url, undefined, (target, limit) => bind(target, { clock, authority, limit })),
      );
      if (found.state !== "up") return { state: "down", why: found.why, sentence: found.sentence };
      return { state: "up", tookMs: found.result, faults: found.faults };
    },
  };
}

/**
 * A Binding request (RFC 8489 section 2). Resolves with the milliseconds that the answer took.
 *
 * @throws TurnFailure
 */
async function bind(target: Target, options: Parameters<typeof openRequester>[1]): Promise<number> {
  const requester = await openRequester(target, options);
  const startedAt = options.clock.now();
  try {
    const response = await requester.request({ method: "binding", attributes: new Map() });
    if (response.class !== "success") throw new TurnFailure("refused", "answers with an error");
    return options.clock.now() - startedAt;
  } finally {
    requester.close();
  }
}
