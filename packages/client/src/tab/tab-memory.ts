import type { Remembered, StoredTab, TabStorage } from "./tab-storage.port.ts";

type Changes = { readonly [Key in keyof Remembered]: Remembered[Key] | undefined };

/** This tab's memory once it is open, and the one way to change it. */
export interface TabMemory {
  /** Opens the memory, once. */
  open(): Promise<StoredTab>;
  /** Leaves the memory to the page's next chat; this one may open it again. */
  close(): void;
  /** What is remembered now; empty before the memory is open. */
  current(): Remembered;
  /** Remembers `changes` (undefined forgets), at once when the memory is open, else as soon as it is. */
  note(changes: Partial<Changes>): void;
}

export function createTabMemory(storage: TabStorage): TabMemory {
  let opening: Promise<StoredTab> | undefined;
  let opened = false;
  let remembered: Remembered = {};

  const merge = (base: Remembered, changes: Partial<Changes>): Remembered =>
    Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined));

  /** Made before the memory was open; kept apart, because undefined has to win over what is remembered. */
  let early: Partial<Changes> = {};

  return {
    open() {
      if (opening) return opening;
      const mine: Promise<StoredTab> = storage.open().then((memory) => {
        // Closed meanwhile, and perhaps opened again.
        if (opening !== mine) return memory;
        opened = true;
        remembered = merge(memory.remembered, early);
        if (Object.keys(early).length > 0) storage.save(remembered);
        early = {};
        return memory;
      });
      opening = mine;
      return mine;
    },
    close() {
      if (!opening) return;
      opening = undefined;
      opened = false;
      remembered = {};
      storage.close();
    },
    current: () => remembered,
    note(changes) {
      if (!opened) {
        early = { ...early, ...changes };
        return;
      }
      remembered = merge(remembered, changes);
      storage.save(remembered);
    },
  };
}
