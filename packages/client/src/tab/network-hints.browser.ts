import type { Unsubscribe } from "../words/log.ts";
import type { NetworkHints } from "./network-hints.port.ts";

/** The browser's own signs that trying again makes sense, and that the page goes away or is there again. */
export function networkHints(page: Window = globalThis.window): NetworkHints {
  return {
    onPromising(run) {
      const visible = () => {
        if (page.document.visibilityState === "visible") run();
      };
      const calls = new AbortController();
      page.addEventListener("online", () => run(), { signal: calls.signal });
      page.document.addEventListener("visibilitychange", visible, { signal: calls.signal });
      return undo(calls);
    },
    onNetworkChanged(run) {
      const calls = new AbortController();
      page.addEventListener("online", () => run(), { signal: calls.signal });
      const connection = connectionOf(page);
      let known = typeOf(connection);
      // It changes with each new estimate of the bandwidth as well.
      const changed = () => {
        const before = known;
        known = typeOf(connection) ?? known;
        if (before !== undefined && known !== before && known !== "none") run();
      };
      connection?.addEventListener("change", changed, { signal: calls.signal });
      return undo(calls);
    },
    onLeaving(run) {
      const calls = new AbortController();
      const hidden = (event: PageTransitionEvent) => run(event.persisted ? "kept" : "gone");
      // `unload` and `beforeunload` do not fire on phones and keep the page out of the back/forward cache.
      page.addEventListener("pagehide", hidden, { signal: calls.signal });
      return undo(calls);
    },
    onReturned(run) {
      const calls = new AbortController();
      const shown = (event: PageTransitionEvent) => {
        if (event.persisted) run();
      };
      page.addEventListener("pageshow", shown, { signal: calls.signal });
      return undo(calls);
    },
    isVisible: () => page.document.visibilityState === "visible",
  };
}

/** The part of the Network Information API that is needed here; not every browser has it, and not every one with it has `type`. */
interface Connection extends EventTarget {
  readonly type?: string;
}

function connectionOf(page: Window): Connection | undefined {
  const { connection } = page.navigator as { readonly connection?: Connection };
  return connection;
}

/** Undefined: the browser does not say, which is no other network. */
function typeOf(connection: Connection | undefined): string | undefined {
  return connection?.type === "unknown" ? undefined : connection?.type;
}

const undo =
  (calls: AbortController): Unsubscribe =>
  () =>
    calls.abort();
