import type { Unsubscribe } from "../words/log.ts";

/** Hints that make waiting pointless. */
export interface NetworkHints {
  /** The network is back, or the page is visible again: try now. */
  onPromising(run: () => void): Unsubscribe;
  /** The way to the network is another one, or is there again: paths that go the old way may be dead. */
  onNetworkChanged(run: () => void): Unsubscribe;
  /** The page is being unloaded. */
  onUnload(run: () => void): Unsubscribe;
}
