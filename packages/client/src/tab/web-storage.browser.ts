/** The storages of a page. Reading one of these fields may throw: where the person blocked it. */
export interface StoragePage {
  readonly sessionStorage: Storage;
  readonly localStorage: Storage;
}

type Area = keyof StoragePage;

/** Null as well where storage is forbidden. */
export function readStorage(page: StoragePage, area: Area, key: string): string | null {
  try {
    return page[area].getItem(key);
  } catch {
    return null;
  }
}

/** A full or forbidden storage costs the memory of a reload, nothing else. */
export function writeStorage(
  page: StoragePage,
  area: Area,
  entry: { readonly key: string; readonly value: string },
): void {
  try {
    page[area].setItem(entry.key, entry.value);
  } catch {
    return;
  }
}
