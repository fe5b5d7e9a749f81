import { errorBody, type MintRefusal } from "@serendip/protocol";
import { within } from "@serendip/time";
import type { Gatekeeper } from "../../ports/identity.ts";
import type { Log } from "../../ports.ts";

export interface ChallengeServiceSettings {
  /** Names the service for the page, for example `turnstile`. */
  readonly provider: string;
  /** The public key by which the service knows the site. */
  readonly siteKey: string;
  readonly secret: string;
  /** Where answers are verified, in the form of Turnstile, hCaptcha and reCAPTCHA (`siteverify`). */
  readonly verifyUrl: string;
  readonly timeoutMs: number;
  /** Whether newcomers get in while the service cannot be asked. */
  readonly whenDown: "closed" | "open";
}

/** Verifications under way at once. */
const MOST_AT_ONCE = 50;
/** Longest answer of a service that is read. */
const ANSWER_BYTES = 16_384;
/** What services give out: base64 of either alphabet, with dots. Anything else could bring about an odd answer of the service. */
const TOKEN = /^[\w.+/=-]{1,2048}$/;
const DOWN_RETRY_MS = 5_000;
const BUSY_RETRY_MS = 1_000;

/** The service gave no verdict; the message is for an operator and holds no secret. */
class NoVerdict extends Error {
  override readonly name = "NoVerdict";
}

/**
 * Lets in who brings a token of a challenge service, which is asked by HTTP whether the token is good (SPEC S18). The
 * person's address is not passed on.
 */
export function challengeService(
  { provider, siteKey, secret, verifyUrl, timeoutMs, whenDown }: ChallengeServiceSettings,
  log: Log,
): Gatekeeper {
  let underWay = 0;
  const challenge: MintRefusal = {
    ...errorBody("challenge_required"),
    challenge: { kind: "token", provider, siteKey },
  };

  /** @throws NoVerdict, or what `fetch` throws */
  async function ask(token: string, signal: AbortSignal): Promise<boolean> {
    const response = await fetch(verifyUrl, {
      method: "POST",
      body: new URLSearchParams({ secret, response: token }),
      redirect: "error",
      signal,
    });
    const answer = await readAnswer(response);
    // A filter in front of the service may refuse a token in words of its own: whoever wrote it must not open the gate by that.
    if (answer === undefined && response.status >= 400 && response.status < 500) {
      log.warn("The challenge service refuses a token without a verdict", {
        provider,
        status: response.status,
      });
      return false;
    }
    if (response.status >= 500 || answer === undefined) throw new NoVerdict(`it answers ${response.status}`);
    const broken = answer.errors.find((code) => NOT_OF_THE_PERSON.has(code));
    if (broken !== undefined) throw new NoVerdict(`it says ${broken}`);
    return answer.success;
  }

  async function verify(token: string): Promise<boolean> {
    underWay += 1;
    try {
      return await within({ limitMs: timeoutMs }, (signal) => ask(token, signal));
    } finally {
      underWay -= 1;
    }
  }

  return {
    async judge(answer) {
      if (answer?.kind !== "token" || !TOKEN.test(answer.token)) return { ok: false, error: challenge };
      // Many answers at once are no failure of the service: whoever sends them must not open the gate for themselves.
      if (underWay >= MOST_AT_ONCE)
        return { ok: false, error: errorBody("unavailable", "Too many newcomers.", BUSY_RETRY_MS) };
      try {
        return (await verify(answer.token)) ? { ok: true } : { ok: false, error: challenge };
      } catch (error) {
        log.warn("The challenge service cannot be asked", { provider, reason: reasonOf(error), whenDown });
        if (whenDown === "open") return { ok: true };
        return {
          ok: false,
          error: errorBody("unavailable", "The challenge service cannot be asked.", DOWN_RETRY_MS),
        };
      }
    },
  };
}

/** Codes for failures that no answer of a person can bring about. */
const NOT_OF_THE_PERSON: ReadonlySet<unknown> = new Set([
  "missing-input-secret",
  "invalid-input-secret",
  "sitekey-secret-mismatch",
  "internal-error",
]);

interface Answer {
  readonly success: boolean;
  readonly errors: readonly unknown[];
}

/** Undefined where it is no answer of such a service. */
async function readAnswer(response: Response): Promise<Answer | undefined> {
  const text = await readText(response);
  if (text === undefined) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== "object" || body === null || !("success" in body)) return undefined;
  const errors = "error-codes" in body && Array.isArray(body["error-codes"]) ? body["error-codes"] : [];
  return typeof body.success === "boolean" ? { success: body.success, errors } : undefined;
}

/** Undefined where it is too long. */
async function readText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) return undefined;
  }
  return Buffer.concat(chunks).toString();
}

function reasonOf(error: unknown): string {
  if (error instanceof NoVerdict) return error.message;
  if (!(error instanceof Error)) return "unknown";
  // What `fetch` says of itself is "fetch failed"; the reason is in its cause, as a code of the system.
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : error.name;
  return code === "TimeoutError" ? "it does not answer in time" : code;
}
