import { HealthReply } from "@serendip/protocol";
import type { Readiness } from "../ports.ts";

/** `GET /readyz` of the signaling server (SPEC H1). It has to answer within `timeoutMs`. */
export function httpReadiness(options: { readonly url: string; readonly timeoutMs?: number }): Readiness {
  const endpoint = `${options.url.replace(/\/+$/, "")}/readyz`;
  return {
    async ask(signal) {
      const stop = new AbortController();
      const abort = () => stop.abort();
      const timer = setTimeout(abort, options.timeoutMs ?? 3_000);
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
      try {
        const response = await fetch(endpoint, {
          cache: "no-store",
          credentials: "omit",
          signal: stop.signal,
        });
        // Anything else that answers, such as a proxy with a page of its own, is not the service.
        const reply = HealthReply.safeParse(await response.json());
        if (!reply.success) return "silent";
        return response.ok ? "ready" : "refused";
      } catch {
        return "silent";
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      }
    },
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
