import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { deviceGroup } from "../../src/tab/device-group.browser.ts";
import { type TabPage, tabStorage } from "../../src/tab/tab-storage.browser.ts";
import type { Remembered } from "../../src/tab/tab-storage.port.ts";

const remembered: Remembered = {
  token: "a-token",
  session: { sessionId: "session-1", resumeSecret: "0123456789abcdef", epoch: 1 },
  active: { requestId: "request-1", camera: true, microphone: true },
};

/** A storage of its own, as each tab has one; `copy` is what a browser does when a tab is duplicated. */
class FakeStorage implements Storage {
  readonly #items: Map<string, string>;
  constructor(items: ReadonlyMap<string, string> = new Map()) {
    this.#items = new Map(items);
  }
  copy = () => new FakeStorage(this.#items);
  get length() {
    return this.#items.size;
  }
  clear = () => this.#items.clear();
  getItem = (key: string) => this.#items.get(key) ?? null;
  key = (index: number) => [...this.#items.keys()][index] ?? null;
  removeItem = (key: string) => void this.#items.delete(key);
  setItem = (key: string, value: string) => void this.#items.set(key, value);
}

interface Document {
  readonly page: TabPage;
  /** The document goes away, and with it its locks. */
  readonly unload: () => void;
}

/** A document with real locks, in a tab with the given storage. */
function load(sessionStorage: Storage, navigation: "navigate" | "reload" = "navigate"): Document {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  onTestFinished(() => frame.remove());
  const page = frame.contentWindow;
  if (!page) throw new Error("the frame has no window");
  return {
    page: {
      sessionStorage,
      localStorage,
      navigator: page.navigator,
      performance: {
        getEntriesByType: () => [{ type: navigation } as unknown as PerformanceEntry],
      },
    },
    unload: () => frame.remove(),
  };
}

beforeEach(() => localStorage.clear());
afterEach(() => localStorage.clear());

describe("a tab's memory", () => {
  test("[C30] a reload keeps the identity and what was saved", async () => {
    const storage = new FakeStorage();
    const before = load(storage);
    const kept = tabStorage(before.page);
    const first = await kept.open();
    expect(first.remembered).toEqual({});
    kept.save(remembered);
    before.unload();
    const second = await tabStorage(load(storage, "reload").page).open();
    expect(second).toEqual({ ...first, remembered });
  });

  test("[C30] the old document lets go of the tab only after the new one asks", async () => {
    const storage = new FakeStorage();
    const before = load(storage);
    const kept = tabStorage(before.page);
    const first = await kept.open();
    kept.save(remembered);
    const after = load(storage, "reload");
    const opening = tabStorage(after.page, 20_000).open();
    // The new document's request is in the queue: now the old document goes.
    const waiting = async () => (await after.page.navigator.locks?.query())?.pending?.length ?? 0;
    await expect.poll(waiting).toBe(1);
    before.unload();
    await expect(opening).resolves.toEqual({ ...first, remembered });
  });

  test("[C13] a duplicated tab gets an identity of its own and an empty memory; the first tab keeps both", async () => {
    const storage = new FakeStorage();
    const original = load(storage);
    const kept = tabStorage(original.page);
    const first = await kept.open();
    kept.save(remembered);

    const copiedStorage = storage.copy();
    const copy = load(copiedStorage);
    const second = await tabStorage(copy.page).open();
    expect(second.tabId).not.toBe(first.tabId);
    expect(second.remembered).toEqual({});

    copy.unload();
    original.unload();
    await expect(tabStorage(load(copiedStorage, "reload").page).open()).resolves.toEqual(second);
    await expect(tabStorage(load(storage, "reload").page).open()).resolves.toEqual({
      ...first,
      remembered,
    });
  });

  test("eight duplicates at once are eight tabs", async () => {
    const storage = new FakeStorage();
    const first = await tabStorage(load(storage).page).open();
    const copies = await Promise.all(
      Array.from({ length: 7 }, () => tabStorage(load(storage.copy()).page).open()),
    );
    expect(new Set([first, ...copies].map(({ tabId }) => tabId)).size).toBe(8);
  });

  test("a page that mounts again is no duplicate: who closes leaves the memory to the next, at once", async () => {
    const { page } = load(new FakeStorage());
    const [one, two] = [tabStorage(page), tabStorage(page)];
    const opening = one.open();
    one.close();
    const [first, second] = await Promise.all([opening, two.open()]);
    expect(second).toEqual(first);
    two.save(remembered);
    two.close();
    two.save({});
    await expect(one.open()).resolves.toEqual({ ...first, remembered });
  });

  test("[C10] two chats of one page are two people, and each gets its own memory back after a reload", async () => {
    const storage = new FakeStorage();
    const before = load(storage);
    const [one, two] = [tabStorage(before.page), tabStorage(before.page)];
    const [first, second] = await Promise.all([one.open(), two.open()]);
    expect(second.tabId).not.toBe(first.tabId);
    expect(second.remembered).toEqual({});
    one.save(remembered);
    await expect(two.open()).resolves.toEqual(second);
    before.unload();
    const after = load(storage, "reload");
    await expect(tabStorage(after.page).open()).resolves.toEqual({ ...first, remembered });
    await expect(tabStorage(after.page).open()).resolves.toEqual(second);
  });

  test("[K5] a duplicated tab still hides the address", async () => {
    const storage = new FakeStorage();
    const kept = tabStorage(load(storage).page);
    await kept.open();
    kept.save({ ...remembered, relayOnly: true });
    const copy = tabStorage(load(storage.copy()).page);
    expect(copy.peek().remembered.relayOnly).toBe(true);
    expect((await copy.open()).remembered).toEqual({ relayOnly: true });
  });

  test("another tab of the browser has another identity and the same device group", async () => {
    const [one, two] = [load(new FakeStorage()).page, load(new FakeStorage()).page];
    const first = await tabStorage(one).open();
    const second = await tabStorage(two).open();
    expect(second.tabId).not.toBe(first.tabId);
    expect(deviceGroup(one)).toMatch(/^[0-9a-f-]{36}$/);
    expect(deviceGroup(two)).toBe(deviceGroup(one));
  });

  test("[S13] a look at it writes nothing, claims nothing, and finds nothing where there is nothing", async () => {
    const storage = new FakeStorage();
    const { page } = load(storage);
    const kept = tabStorage(page);
    expect(kept.peek()).toEqual({ arrival: "other", remembered: {} });
    await expect(kept.isCopy()).resolves.toBe(false);
    kept.save(remembered);
    expect([storage.length, localStorage.length]).toEqual([0, 0]);
    expect((await page.navigator.locks?.query())?.held).toEqual([]);
  });

  test("[S12] a look tells a reload, and what was there; what is saved then is found by the next document", async () => {
    const storage = new FakeStorage();
    const before = load(storage);
    const kept = tabStorage(before.page);
    const { tabId } = await kept.open();
    kept.save(remembered);
    before.unload();
    const looking = load(storage, "reload");
    const looker = tabStorage(looking.page);
    expect(looker.peek()).toEqual({ arrival: "reload", remembered });
    await expect(looker.isCopy()).resolves.toBe(false);
    looker.save({ ...remembered, token: "another" });
    looking.unload();
    const after = tabStorage(load(storage).page);
    expect(after.peek()).toEqual({ arrival: "other", remembered: { ...remembered, token: "another" } });
    await expect(after.open()).resolves.toEqual({ tabId, remembered: { ...remembered, token: "another" } });
    expect(after.peek().remembered).toEqual({ ...remembered, token: "another" });
    await expect(after.isCopy()).resolves.toBe(false);
  });

  test("[S12] a duplicate is told from the tab as long as that is there, and from a document that goes", async () => {
    const storage = new FakeStorage();
    const original = load(storage);
    const kept = tabStorage(original.page);
    await kept.open();
    kept.save(remembered);
    const copy = tabStorage(load(storage.copy()).page);
    expect(copy.peek().remembered).toEqual(remembered);
    await expect(copy.isCopy()).resolves.toBe(true);
    const next = load(storage);
    const patient = tabStorage(next.page, 20_000);
    patient.peek();
    const asked = patient.isCopy();
    const waiting = async () => (await next.page.navigator.locks?.query())?.pending?.length ?? 0;
    await expect.poll(waiting).toBe(1);
    original.unload();
    await expect(asked).resolves.toBe(false);
  });

  test("where storage is blocked the tab has an identity as long as its document lives", async () => {
    const { page } = load(new FakeStorage());
    const blocked: TabPage = {
      navigator: page.navigator,
      performance: page.performance,
      get sessionStorage(): Storage {
        throw new DOMException("blocked", "SecurityError");
      },
      get localStorage(): Storage {
        throw new DOMException("blocked", "SecurityError");
      },
    };
    const kept = tabStorage(blocked);
    const memory = await kept.open();
    expect(memory).toEqual({ tabId: memory.tabId, remembered: {} });
    expect(deviceGroup(blocked)).toBeUndefined();
    expect(tabStorage(blocked).peek().remembered).toEqual({});
    expect(() => kept.save(remembered)).not.toThrow();
    kept.close();
    await expect(tabStorage(blocked).open()).resolves.toEqual({ ...memory, remembered });
  });

  test("without locks a reload still keeps the identity", async () => {
    const storage = new FakeStorage();
    const withoutLocks = (): TabPage => ({ ...load(storage).page, navigator: {} });
    const kept = tabStorage(withoutLocks());
    const first = await kept.open();
    kept.save(remembered);
    await expect(tabStorage(withoutLocks()).open()).resolves.toEqual({ ...first, remembered });
  });

  test("[C76] a record that somebody tampered with is no obstacle", async () => {
    const storage = new FakeStorage(new Map([["serendip.tab", '{"tabId":"../..","remembered":[]}']]));
    localStorage.setItem("serendip.device", "no uuid");
    const { page } = load(storage);
    const memory = await tabStorage(page).open();
    expect(memory.tabId).toMatch(/^[0-9a-f-]{36}$/);
    expect(deviceGroup(page)).toMatch(/^[0-9a-f-]{36}$/);
    expect(memory.remembered).toEqual({});
  });

  test("in a real page, over its own storage", async () => {
    sessionStorage.clear();
    const kept = tabStorage();
    const memory = await kept.open();
    kept.save(remembered);
    expect(JSON.parse(sessionStorage.getItem("serendip.tab") ?? "")).toEqual({
      tabId: memory.tabId,
      remembered,
    });
    sessionStorage.clear();
  });
});
