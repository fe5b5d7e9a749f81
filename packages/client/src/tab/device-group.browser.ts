import { randomUuid, readUuid } from "../base/uuid.browser.ts";
import { readStorage, type StoragePage, writeStorage } from "./web-storage.browser.ts";

const DEVICE_KEY = "serendip.device";

/** Random per browser profile, made when it is first asked for; undefined where nothing can be stored. */
export function deviceGroup(page: StoragePage = globalThis.window): string | undefined {
  const known = readUuid(readStorage(page, "localStorage", DEVICE_KEY));
  if (known !== undefined) return known;
  writeStorage(page, "localStorage", { key: DEVICE_KEY, value: randomUuid() });
  // Another tab may have been quicker: what is stored in the end is what counts.
  return readUuid(readStorage(page, "localStorage", DEVICE_KEY));
}
