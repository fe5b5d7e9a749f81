import { randomUuid, readUuid } from "../base/uuid.browser.ts";
import { readStoredTab, type TabRecord } from "./stored-tab.browser.ts";
import type { Remembered, TabStorage } from "./tab-storage.port.ts";

/** The parts of a window that a tab's memory needs. Reading a storage may throw: where the person blocked it. */
export interface TabPage {
  readonly sessionStorage: Storage;
  readonly localStorage: Storage;
  readonly navigator: { readonly locks?: LockManager };
  readonly performance: Pick<Performance, "getEntriesByType">;
}

const TAB_KEY = "serendip.tab";
const DEVICE_KEY = "serendip.device";

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
  return {
    async open() {
      place ??= takePlace(page);
      const mine = place;
      mine.identity ??= identify(page, mine.key, handoverMs ?? defaultHandoverMs(page));
      const tab = await mine.identity;
      mine.tab = tab;
      return { tabId: tab.tabId, deviceGroup: deviceGroup(page), remembered: tab.remembered };
    },
    close() {
      if (place) place.taken = false;
      place = undefined;
    },
    save(remembered) {
      const { tab, key } = place ?? {};
      if (!tab || !key) return;
      tab.remembered = remembered;
      write(
        page,
        "sessionStorage",
        key,
        JSON.stringify({ tabId: tab.tabId, remembered } satisfies TabRecord),
      );
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
    place = { key, taken: true, identity: undefined, tab: undefined };
    known.push(place);
  }
  place.taken = true;
  return place;
}

async function identify(page: TabPage, key: string, handoverMs: number): Promise<DocumentTab> {
  const { locks } = page.navigator;
  const remembered = readStoredTab(read(page, "sessionStorage", key));
  if (remembered && (!locks || (await claim(locks, remembered.tabId, handoverMs)))) return remembered;
  const fresh = { tabId: randomUuid(), remembered: {} };
  if (locks) await claim(locks, fresh.tabId, handoverMs);
  write(page, "sessionStorage", key, JSON.stringify(fresh satisfies TabRecord));
  return fresh;
}

/** Whether this document now holds the tab's lock, which it keeps until it is gone. */
function claim(locks: LockManager, tabId: string, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    locks
      .request(`serendip.tab.${tabId}`, { signal: AbortSignal.timeout(withinMs) }, () => {
        resolve(true);
        return new Promise<never>(() => {});
      })
      .catch((error: unknown) => {
        // Where locks are forbidden altogether, nothing says that this is a duplicate.
        resolve(!(error instanceof DOMException && ["TimeoutError", "AbortError"].includes(error.name)));
      });
  });
}

/** After a reload the lock is most likely the old document's; otherwise most likely the original tab's. */
function defaultHandoverMs(page: TabPage): number {
  const [navigation] = page.performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return navigation?.type === "reload" ? 500 : 300;
}

function deviceGroup(page: TabPage): string | undefined {
  const known = readUuid(read(page, "localStorage", DEVICE_KEY));
  if (known !== undefined) return known;
  const fresh = randomUuid();
  // Another tab may have been quicker: what is stored in the end is what counts.
  write(page, "localStorage", DEVICE_KEY, fresh);
  return readUuid(read(page, "localStorage", DEVICE_KEY));
}

type Area = "sessionStorage" | "localStorage";

function read(page: TabPage, area: Area, key: string): string | null {
  try {
    return page[area].getItem(key);
  } catch {
    return null;
  }
}

/** A full or forbidden storage costs the memory of a reload, nothing else. */
function write(page: TabPage, area: Area, key: string, value: string): void {
  try {
    page[area].setItem(key, value);
  } catch {
    return;
  }
}
