import type { Keepsake, SessionKeeper, TabMemory } from "./session-keeper.port.ts";

type Notes = { readonly [Key in keyof Keepsake]: Keepsake[Key] | undefined };

/** This tab's memory once it is open, and the one way to change it. */
export interface TabNotes {
  /** Opens the memory, once. */
  open(): Promise<TabMemory>;
  /** Leaves the memory to the page's next chat; this one may open it again. */
  close(): void;
  /** What is remembered now; empty before the memory is open. */
  current(): Keepsake;
  /** Remembers `changes` (undefined forgets), at once when the memory is open, else as soon as it is. */
  note(changes: Partial<Notes>): void;
}

export function tabNotes(keeper: SessionKeeper): TabNotes {
  let opening: Promise<TabMemory> | undefined;
  let opened = false;
  let keepsake: Keepsake = {};

  const merge = (base: Keepsake, changes: Partial<Notes>): Keepsake =>
    Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined));

  /** Made before the memory was open; kept apart, because undefined has to win over what is remembered. */
  let early: Partial<Notes> = {};

  return {
    open() {
      if (opening) return opening;
      const mine: Promise<TabMemory> = keeper.open().then((memory) => {
        // Closed meanwhile, and perhaps opened again.
        if (opening !== mine) return memory;
        opened = true;
        keepsake = merge(memory.keepsake, early);
        if (Object.keys(early).length > 0) keeper.save(keepsake);
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
      keepsake = {};
      keeper.close();
    },
    current: () => keepsake,
    note(changes) {
      if (!opened) {
        early = { ...early, ...changes };
        return;
      }
      keepsake = merge(keepsake, changes);
      keeper.save(keepsake);
    },
  };
}
