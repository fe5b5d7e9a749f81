import {
  type Challenge,
  type ChallengeAnswer,
  MintRefusal,
  MintReply,
  type MintRequest,
} from "@serendip/protocol";
import { within } from "@serendip/time";
import { solveProofOfWork } from "./proof-of-work.browser.ts";
import { IdentityFailure, type SolveChallenge, type TokenSource } from "./token-source.port.ts";

/** Options of `httpTokenSource`. */
export interface HttpTokenSourceOptions {
  /** Where the signaling service is, for example `https://signal.example.org`; a path is kept. */
  readonly url: string;
  /** The browser profile's random id, as far as it is known when a token is asked for. */
  readonly deviceGroup: () => string | undefined;
  /** The service has to answer each question within this time, milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** For a site whose operator asks newcomers for the token of a challenge service. */
  readonly solveChallenge?: SolveChallenge | undefined;
}

/** An answer may come too late, because it counts only for a short time; then another challenge is put. */
const MOST_ANSWERS = 3;

type Minted =
  | { readonly ok: true; readonly reply: MintReply }
  | {
      readonly ok: false;
      readonly status: number;
      /** Undefined: something else answered, such as a proxy. */
      readonly refusal: MintRefusal | undefined;
      readonly retryAfterMs: number | undefined;
    };

/**
 * Anonymous tokens of the signaling service (SPEC S1). Whether to try again is for the caller, who knows about the
 * person and the other attempts.
 */
export function httpTokenSource({
  url,
  deviceGroup,
  timeoutMs = 10_000,
  solveChallenge,
}: HttpTokenSourceOptions): TokenSource {
  const endpoint = `${url.replace(/\/+$/, "")}/v1/sessions`;

  async function post(
    current: string | undefined,
    answer: ChallengeAnswer | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const group = deviceGroup();
    const body: MintRequest = {
      ...(group !== undefined && { deviceGroup: group }),
      ...(answer && { answer }),
    };
    try {
      return await fetch(endpoint, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(current === undefined ? {} : { Authorization: `Bearer ${current}` }),
        },
        body: JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal,
      });
    } catch (cause) {
      throw new IdentityFailure("unreachable", "The identity service cannot be reached.", { cause });
    }
  }

  const mint = (
    current: string | undefined,
    answer: ChallengeAnswer | undefined,
    cancelled: AbortSignal,
  ): Promise<Minted> =>
    within({ limitMs: timeoutMs, signal: cancelled }, async (signal) => {
      const response = await post(current, answer, signal);
      return response.ok ? { ok: true, reply: await readReply(response) } : await readRefusal(response);
    });

  async function solve(challenge: Challenge | undefined, signal: AbortSignal): Promise<ChallengeAnswer> {
    if (challenge?.kind === "proof-of-work") {
      const counter = await solveProofOfWork(challenge, signal);
      return { kind: "proof-of-work", nonce: challenge.nonce, counter };
    }
    if (!challenge || !solveChallenge)
      throw new IdentityFailure(
        "challenge-missing",
        "The site asks for a check that this page does not have.",
      );
    return { kind: "token", token: await solveChallenge(challenge, signal) };
  }

  const answerTo = (challenge: Challenge | undefined, signal: AbortSignal): Promise<ChallengeAnswer> =>
    solve(challenge, signal).catch((cause: unknown) => {
      if (cause instanceof IdentityFailure) throw cause;
      throw signal.aborted
        ? new IdentityFailure("unreachable", "Nobody waits for the check any more.", { cause })
        : new IdentityFailure("challenge-failed", "The check was not passed.", { cause });
    });

  return {
    async fetch(current, signal, onWork) {
      let known = current;
      let minted = await mint(known, undefined, signal);
      if (!minted.ok && minted.status === 401 && !isChallenge(minted) && known !== undefined) {
        // The old token no longer counts, which must not keep the person out: a new identity does.
        known = undefined;
        minted = await mint(known, undefined, signal);
      }
      for (let answers = 0; !minted.ok && isChallenge(minted) && answers < MOST_ANSWERS; answers += 1) {
        onWork?.();
        minted = await mint(known, await answerTo(minted.refusal?.challenge, signal), signal);
      }
      if (!minted.ok) throw failureOf(minted);
      return minted.reply;
    },
  };
}

type Refused = Extract<Minted, { readonly ok: false }>;

const isChallenge = ({ refusal }: Refused): boolean => refusal?.code === "challenge_required";

async function readReply(response: Response): Promise<MintReply> {
  let body: unknown;
  try {
    body = await response.json();
  } catch (cause) {
    throw new IdentityFailure("unreachable", "The identity service broke off or sent no JSON.", { cause });
  }
  const reply = MintReply.safeParse(body);
  if (!reply.success)
    throw new IdentityFailure("unreachable", "The identity service sent an unreadable answer.", {
      cause: reply.error,
    });
  return reply.data;
}

async function readRefusal(response: Response): Promise<Refused> {
  const body: unknown = await response.json().catch(() => undefined);
  const { data: refusal } = MintRefusal.safeParse(body);
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const told = Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1_000) : undefined;
  return { ok: false, status: response.status, refusal, retryAfterMs: refusal?.retryAfterMs ?? told };
}

/** Overload, time-outs and failures of the service pass; any other refusal stays. */
function failureOf({ status, refusal, retryAfterMs }: Refused): IdentityFailure {
  const said = `The identity service answered ${status}${refusal ? ` (${refusal.code})` : ""}.`;
  if (refusal?.code === "revoked") return new IdentityFailure("revoked", said);
  if (status === 429) return new IdentityFailure("unreachable", said, { retryAfterMs, why: "too-fast" });
  if (refusal?.code === "server_full")
    return new IdentityFailure("unreachable", said, { retryAfterMs, why: "full" });
  const passing = status >= 500 || [408, 425].includes(status) || refusal?.code === "challenge_required";
  return new IdentityFailure(passing ? "unreachable" : "refused", said, { retryAfterMs });
}
