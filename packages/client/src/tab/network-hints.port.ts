import type { Unsubscribe } from "../words/log.ts";

/** What a browser knows of its network, and of a page's coming and going. */
export interface NetworkHints {
  /** The network is back, or the page is visible again: try now. */
  onPromising(run: () => void): Unsubscribe;
  /** The way to the network is another one, or is there again: paths that go the old way may be dead. */
  onNetworkChanged(run: () => void): Unsubscribe;
  /** The page goes away: for good (`gone`), or the browser may keep it and show it again as it is (`kept`). */
  onLeaving(run: (how: "gone" | "kept") => void): Unsubscribe;
  /** A page that was kept is shown again. It was left, and may have been for long. */
  onReturned(run: () => void): Unsubscribe;
  /** Whether somebody may see the page. */
  isVisible(): boolean;
}
