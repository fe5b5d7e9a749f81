import type { MediaSource } from "../media/media-source.port.ts";
import type { Unsubscribe } from "../words/log.ts";
import type { NetworkHints } from "./network-hints.port.ts";
import type { TabMemory } from "./tab-memory.ts";
import type { Remembered } from "./tab-storage.port.ts";

/** The chat's ties to its tab: what the browser says, and what a reload left behind. */
export interface Tab {
  /** Listens to the browser and opens the tab's memory; does nothing when that is done. */
  open(): void;
  /** Lets go of the browser and of the memory. What has not been resumed yet stays for the next `open`. */
  close(): void;
  /** The person has decided: nothing is resumed any more. */
  decide(): void;
}

export function createTab(options: {
  readonly hints: NetworkHints;
  readonly media: MediaSource;
  readonly memory: TabMemory;
  readonly onPromising: () => void;
  readonly onNetworkChanged: () => void;
  readonly onUnload: () => void;
  readonly onDevicesChanged: () => void;
  /** The tab's memory can be read. */
  readonly onOpened: () => void;
  /** A reload interrupted this search or call. */
  readonly onActive: (active: NonNullable<Remembered["active"]>) => void;
  readonly onError: (code: string, context: string) => void;
}): Tab {
  const { hints, media, memory, onError } = options;
  let ties: readonly Unsubscribe[] | undefined;
  let undecided = true;

  return {
    open() {
      if (ties) return;
      const mine: readonly Unsubscribe[] = [
        hints.onPromising(options.onPromising),
        hints.onNetworkChanged(options.onNetworkChanged),
        hints.onUnload(options.onUnload),
        media.onDevicesChanged(options.onDevicesChanged),
      ];
      ties = mine;
      memory.open().then(
        () => {
          if (ties !== mine) return;
          options.onOpened();
          if (!undecided) return;
          undecided = false;
          const { active } = memory.current();
          if (active) options.onActive(active);
        },
        (error: unknown) => onError("memory", String(error)),
      );
    },
    close() {
      for (const undo of ties ?? []) undo();
      ties = undefined;
      memory.close();
    },
    decide() {
      undecided = false;
    },
  };
}
