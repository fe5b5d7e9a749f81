import { HealthReply } from "@serendip/protocol";
import { within } from "@serendip/time";
import type { Readiness } from "./readiness.port.ts";

/** `GET /readyz` of the signaling server (SPEC H1). What it says has to come within `timeoutMs`. */
export function httpReadiness(options: { readonly url: string; readonly timeoutMs?: number }): Readiness {
  const endpoint = `${options.url.replace(/\/+$/, "")}/readyz`;

  /** Undefined: nothing, or something else such as a proxy with a page of its own. */
  function read(cancelled: AbortSignal): Promise<(HealthReply & { readonly ok: boolean }) | undefined> {
    return within({ limitMs: options.timeoutMs ?? 3_000, signal: cancelled }, async (signal) => {
      const response = await fetch(endpoint, { cache: "no-store", credentials: "omit", signal });
      const reply = HealthReply.safeParse(await response.json());
      return reply.success ? { ...reply.data, ok: response.ok } : undefined;
    }).catch(() => undefined);
  }

  return {
    async ask(signal) {
      const reply = await read(signal);
      if (!reply) return "silent";
      return reply.ok ? "ready" : "refused";
    },
    relay: async (signal) => (await read(signal))?.relay,
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
