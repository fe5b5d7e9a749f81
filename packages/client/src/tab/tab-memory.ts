import type { Clock } from "@serendip/time";
import type { Arrival } from "./return.machine.ts";
import type { Remembered, StoredTab, TabStorage } from "./tab-storage.port.ts";

/** What is written down; the times beside it are the memory's own. */
type Noted = Omit<Remembered, "activeAt" | "ticketAt">;
type Changes = { readonly [Key in keyof Noted]?: Noted[Key] | undefined };
type Stamped = { readonly [Key in keyof Remembered]?: Remembered[Key] | undefined };

/** This tab's memory, and the one way to change it. */
export interface TabMemory {
  /** Looks at what is remembered without opening the memory: nothing is written. */
  peek(): Arrival;
  /** Whether what was looked at is another tab's. Never rejects. */
  isCopy(): Promise<boolean>;
  /** Opens the memory, once. */
  open(): Promise<StoredTab>;
  /** Leaves the memory to the page's next chat; this one may open it again. */
  close(): void;
  /** What is remembered now; before the memory is open, what was found there. */
  current(): Remembered;
  /** Remembers `changes` (undefined forgets), at once when the memory is open, else as soon as it is. */
  note(changes: Changes): void;
  /** What was going on, if anything was, is the person's to go on with; no later reload does so by itself. */
  putAside(): void;
}

export function createTabMemory(
  storage: TabStorage,
  /** The system's: what is noted has to be understood by the page's next document. */
  systemClock: Pick<Clock, "now">,
): TabMemory {
  let opening: Promise<StoredTab> | undefined;
  let opened = false;
  let remembered: Remembered = {};

  const merge = (base: Remembered, changes: Stamped): Remembered =>
    Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined));

  const stamp = (changes: Changes): Stamped => {
    const at = (value: unknown) => (value === undefined ? undefined : systemClock.now());
    return {
      ...changes,
      ...("active" in changes && { activeAt: at(changes.active) }),
      ...("ticket" in changes && { ticketAt: at(changes.ticket) }),
    };
  };

  /** Made before the memory was open; kept apart, because undefined has to win over what is remembered. */
  let early: Stamped = {};

  return {
    peek() {
      const found = storage.peek();
      if (!opened) remembered = found.remembered;
      return found.arrival;
    },
    isCopy: () => storage.isCopy(),
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
      opening = undefined;
      opened = false;
      remembered = {};
      storage.close();
    },
    current: () => remembered,
    note(changes) {
      if (!opened) {
        early = { ...early, ...stamp(changes) };
        return;
      }
      remembered = merge(remembered, stamp(changes));
      storage.save(remembered);
    },
    putAside() {
      if (remembered.activeAt === undefined) return;
      remembered = merge(remembered, { activeAt: undefined });
      storage.save(remembered);
    },
  };
}
