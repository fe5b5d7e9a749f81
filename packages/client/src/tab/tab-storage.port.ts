import type { Arrival, Interrupted } from "./return.machine.ts";

/** What this tab remembers across a reload; `active` is absent when the person was idle. */
export interface Remembered extends Interrupted {
  readonly token?: string;
  readonly session?: { readonly sessionId: string; readonly resumeSecret: string; readonly epoch: number };
  /** How many connections this tab has begun (SPEC S10). */
  readonly connection?: number;
  /** The service was met by polling, where WebSocket did not work: when that is tried again, and how often it was in vain. */
  readonly polling?: { readonly webSocketAt: number; readonly silences: number };
  /** The person wants calls through a TURN server only. */
  readonly relayOnly?: boolean;
}

/** Who this tab is, and what it remembers. */
export interface StoredTab {
  readonly tabId: string;
  readonly remembered: Remembered;
}

/**
 * This tab's memory. A duplicated tab starts with a `tabId` of its own and forgets all but the wish to hide the address; a
 * second chat in the same page, while the first one has not closed its memory, starts with an empty one.
 */
export interface TabStorage {
  /** What the memory holds, without a trace: nothing is written, and nothing is claimed. */
  peek(): { readonly arrival: Arrival; readonly remembered: Remembered };
  /** Whether what `peek` has found belongs to another tab, of which this one is a duplicate. Never rejects. */
  isCopy(): Promise<boolean>;
  /** Never rejects: where nothing can be stored, the tab has a fresh identity at each load. */
  open(): Promise<StoredTab>;
  /** Leaves the memory to the page's next chat. */
  close(): void;
  /** Takes effect at once, also while the page is being unloaded; nothing where there has been neither `open` nor a record. */
  save(remembered: Remembered): void;
}
