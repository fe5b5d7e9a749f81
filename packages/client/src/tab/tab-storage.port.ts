import type { MediaKind } from "../words/chat-error.ts";

/** What this tab remembers across a reload. */
export interface Remembered {
  readonly token?: string;
  readonly session?: { readonly sessionId: string; readonly resumeSecret: string; readonly epoch: number };
  readonly ticket?: string;
  /** How many connections this tab has begun (SPEC S10). */
  readonly connection?: number;
  /** The search or call that was going on when the page went; absent when the person was idle. */
  readonly active?: {
    readonly requestId: string;
    readonly camera: boolean;
    readonly microphone: boolean;
    /** The devices that the person went on without; they are not asked for again. */
    readonly without?: readonly MediaKind[];
  };
  /** The person wants calls through a TURN server only. */
  readonly relayOnly?: boolean;
}

/** Who this tab is, and what it remembers. */
export interface StoredTab {
  readonly tabId: string;
  /** Random per browser profile; undefined where nothing can be stored. */
  readonly deviceGroup: string | undefined;
  readonly remembered: Remembered;
}

/**
 * This tab's memory. A duplicated tab starts with an empty one and a `tabId` of its own, and so does a second chat in
 * the same page while the first one has not closed its memory.
 */
export interface TabStorage {
  /** Never rejects: where nothing can be stored, the tab has a fresh identity at each load. */
  open(): Promise<StoredTab>;
  /** Leaves the memory to the page's next chat. */
  close(): void;
  /** Takes effect at once, also while the page is being unloaded. */
  save(remembered: Remembered): void;
}
