import { ErrorBody, HealthReply, type RelayState } from "@serendip/protocol";
import { within } from "@serendip/time";
import type { Readiness, ReadinessAnswer } from "./readiness.port.ts";

type Reading = ReadinessAnswer & { readonly relay?: RelayState | undefined };

const SILENT: Reading = { state: "silent" };

/** Where room is all that is missing the service is well (SPEC N6). */
function refusalOf({ checks = {} }: HealthReply): "full" | "refused" {
  const missing = Object.keys(checks).filter((name) => checks[name] === "failed");
  return missing.length === 1 && missing[0] === "room" ? "full" : "refused";
}

/** `GET /readyz` of the signaling server (SPEC H1). What it says has to come within `timeoutMs`. */
export function httpReadiness(options: { readonly url: string; readonly timeoutMs?: number }): Readiness {
  const endpoint = `${options.url.replace(/\/+$/, "")}/readyz`;

  const read = (cancelled: AbortSignal): Promise<Reading> =>
    within({ limitMs: options.timeoutMs ?? 3_000, signal: cancelled }, async (signal): Promise<Reading> => {
      const response = await fetch(endpoint, { cache: "no-store", credentials: "omit", signal });
      const body: unknown = await response.json().catch(() => undefined);
      if (response.status === 429) {
        const retryAfterMs = ErrorBody.safeParse(body).data?.retryAfterMs;
        return { state: "limited", ...(retryAfterMs !== undefined && { retryAfterMs }) };
      }
      // Something else, such as a proxy with a page of its own, says nothing of the service.
      const { data: reply } = HealthReply.safeParse(body);
      return reply ? { state: response.ok ? "ready" : refusalOf(reply), relay: reply.relay } : SILENT;
    }).catch(() => SILENT);

  return {
    async ask(signal) {
      const { relay: _, ...answer } = await read(signal);
      return answer;
    },
    relay: async (signal) => (await read(signal)).relay,
    async reach(signal) {
      try {
        await fetch(endpoint, { mode: "no-cors", cache: "no-store", credentials: "omit", signal });
        return true;
      } catch {
        return false;
      }
    },
  };
}
