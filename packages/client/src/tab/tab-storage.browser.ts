import { within } from "@serendip/time";
import { randomUuid } from "../base/uuid.browser.ts";
import type { Arrival } from "./return.machine.ts";
import { readStoredTab, type TabRecord } from "./stored-tab.browser.ts";
import type { Remembered, TabStorage } from "./tab-storage.port.ts";
import { readStorage, type StoragePage, writeStorage } from "./web-storage.browser.ts";

/** The parts of a window that a tab's memory needs. */
export interface TabPage extends StoragePage {
  readonly navigator: { readonly locks?: LockManager };
  readonly performance: Pick<Performance, "getEntriesByType">;
}

const TAB_KEY = "serendip.tab";

/**
 * The tab's memory in `sessionStorage`. A browser copies that into a duplicated tab, so each document holds a Web Lock
 * named after its tab for as long as it lives: who finds the lock taken is a duplicate and starts anew. After a reload the
 * old document may let go a little after the new one asks, so the new one queues for the lock for a moment.
 *
 * Several chats in one page are people of their own, each with a memory of its own, which they get back after a reload
 * when they open it in the same order.
 *
 * Without Web Locks (old browsers, insecure contexts) duplicates are not told apart; without storage the tab has a fresh
 * identity at each load.
 *
 * `handoverMs` is how long the document before this one may take to let go of the tab's lock.
 */
export function tabStorage(page: TabPage = globalThis.window, handoverMs?: number): TabStorage {
  let place: Place | undefined;
  const patienceMs = () => handoverMs ?? (arrivalAt(page) === "reload" ? 500 : 300);
  const take = (): Place => {
    place ??= takePlace(page);
    return place;
  };
  return {
    peek() {
      const mine = take();
      mine.found ??= readStoredTab(readStorage(page, "sessionStorage", mine.key));
      return { arrival: arrivalAt(page), remembered: (mine.tab ?? mine.found)?.remembered ?? {} };
    },
    async isCopy() {
      const { identity, found } = take();
      const { locks } = page.navigator;
      if (identity || !found || !locks) return false;
      if (!(await isHeld(locks, found.tabId))) return false;
      // Nobody waits for this, so that a document may take its time to go.
      return !(await claim(locks, { tabId: found.tabId, withinMs: handoverMs ?? 2_000, keep: false }));
    },
    async open() {
      const mine = take();
      mine.identity ??= identify(page, mine.key, patienceMs());
      const tab = await mine.identity;
      mine.tab = tab;
      return { tabId: tab.tabId, remembered: tab.remembered };
    },
    close() {
      if (place) place.taken = false;
      place = undefined;
    },
    save(remembered) {
      const { tab, found, key } = place ?? {};
      const mine = tab ?? found;
      if (!mine || !key) return;
      mine.remembered = remembered;
      const record: TabRecord = { tabId: mine.tabId, remembered };
      writeStorage(page, "sessionStorage", { key, value: JSON.stringify(record) });
    },
  };
}

/** The identity as this document knows it; also where nothing can be stored. */
interface DocumentTab {
  readonly tabId: string;
  remembered: Remembered;
}

/** Where one chat of a page keeps its memory. The document holds on to it, so that the next chat finds it at once. */
interface Place {
  readonly key: string;
  taken: boolean;
  /** What lay there before this document wrote anything. */
  found: DocumentTab | undefined;
  identity: Promise<DocumentTab> | undefined;
  tab: DocumentTab | undefined;
}

const places = new WeakMap<TabPage, Place[]>();

/** The first place that no other chat of the document uses. */
function takePlace(page: TabPage): Place {
  const known = places.get(page) ?? [];
  places.set(page, known);
  let place = known.find(({ taken }) => !taken);
  if (!place) {
    const key = known.length === 0 ? TAB_KEY : `${TAB_KEY}.${known.length + 1}`;
    place = { key, taken: true, found: undefined, identity: undefined, tab: undefined };
    known.push(place);
  }
  place.taken = true;
  return place;
}

async function identify(page: TabPage, key: string, handoverMs: number): Promise<DocumentTab> {
  const { locks } = page.navigator;
  const held = (tabId: string) => ({ tabId, withinMs: handoverMs, keep: true });
  const remembered = readStoredTab(readStorage(page, "sessionStorage", key));
  if (remembered && (!locks || (await claim(locks, held(remembered.tabId))))) return { ...remembered };
  // Who hid the address hides it in a duplicate as well.
  const fresh = {
    tabId: randomUuid(),
    remembered: remembered?.remembered.relayOnly ? { relayOnly: true } : {},
  };
  if (locks) await claim(locks, held(fresh.tabId));
  writeStorage(page, "sessionStorage", { key, value: JSON.stringify(fresh satisfies TabRecord) });
  return fresh;
}

interface Claim {
  readonly tabId: string;
  /** How long the document that has the tab may take to let go of it. */
  readonly withinMs: number;
  /** Hold the tab until this document is gone, or only find out whether another one does. */
  readonly keep: boolean;
}

const lockOf = (tabId: string) => `serendip.tab.${tabId}`;

/** Whether a document has the tab. Unlike a claim this has no time limit, which a busy computer may not keep. */
async function isHeld(locks: LockManager, tabId: string): Promise<boolean> {
  try {
    const { held = [] } = await locks.query();
    return held.some(({ name }) => name === lockOf(tabId));
  } catch {
    return false;
  }
}

/** Whether the tab is this document's, as far as locks say. */
function claim(locks: LockManager, { tabId, withinMs, keep }: Claim): Promise<boolean> {
  const ask = (signal: AbortSignal) =>
    new Promise<boolean>((resolve) => {
      locks
        .request(lockOf(tabId), { signal }, () => {
          resolve(true);
          return keep ? new Promise<never>(() => {}) : undefined;
        })
        // Where locks are forbidden altogether, nothing says that this is a duplicate.
        .catch(() => resolve(!signal.aborted));
    });
  return within({ limitMs: withinMs }, ask);
}

/** After a reload a lock is most likely the old document's; otherwise most likely the original tab's. */
function arrivalAt(page: TabPage): Arrival {
  const [navigation] = page.performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return navigation?.type === "reload" ? "reload" : "other";
}
