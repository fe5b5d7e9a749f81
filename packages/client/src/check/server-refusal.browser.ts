import { ERROR_POLICY, type ErrorBody } from "@serendip/protocol";
import type { IdentityFailure } from "../signaling/token-source.port.ts";
import type { ChatErrorCode } from "../words/chat-error.ts";
import type { HealthCode } from "../words/chat-health.ts";

/**
 * What the service itself has said in place of letting the check in. It says nothing of the network; `unknown` is a limit,
 * behind which the service was not looked at.
 */
export interface ServerRefusal {
  readonly state: "failed" | "unknown";
  readonly why: HealthCode | ChatErrorCode;
  readonly retryAfterMs?: number | undefined;
}

export const tooMany = (retryAfterMs: number | undefined): ServerRefusal => ({
  state: "unknown",
  why: "requests-limited",
  retryAfterMs,
});

export const full = (retryAfterMs?: number): ServerRefusal => ({
  state: "unknown",
  why: "server-full",
  retryAfterMs,
});

/** There was no token. */
export function refusalOfIdentity({ code, pause }: IdentityFailure): ServerRefusal {
  switch (code) {
    case "revoked":
      return { state: "failed", why: "access-revoked" };
    case "refused":
      return { state: "failed", why: "identity-refused" };
    case "challenge-missing":
    case "challenge-failed":
      return { state: "unknown", why: code };
    case "unreachable":
      if (pause.why === "too-fast") return tooMany(pause.retryAfterMs);
      return pause.why === "full"
        ? full(pause.retryAfterMs)
        : { state: "failed", why: "signaling-not-ready" };
  }
}

/** The hello was refused. */
export function refusalOfHello({ code, retryAfterMs }: ErrorBody): ServerRefusal {
  if (code === "rate_limited") return tooMany(retryAfterMs);
  if (code === "server_full") return full(retryAfterMs);
  if (code === "revoked") return { state: "failed", why: "access-revoked" };
  if (code === "challenge_required") return { state: "unknown", why: "challenge-failed" };
  switch (ERROR_POLICY[code].reaction) {
    case "renew":
      return { state: "failed", why: "identity-refused" };
    case "reload":
      return { state: "failed", why: "version-mismatch" };
    case "stop":
    case "fix":
      return { state: "failed", why: "protocol-fault" };
    case "retry":
    case "resync":
    case "ignore":
      return { state: "failed", why: "signaling-not-ready" };
  }
}
