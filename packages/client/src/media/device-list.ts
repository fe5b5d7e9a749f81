import type { MediaKind } from "../words/chat-error.ts";
import type { DeviceChoice } from "../words/chat-snapshot.ts";
import { isSameList, MEDIA_KINDS } from "./media-parts.ts";
import type { MediaSource } from "./media-source.port.ts";

type Devices = Readonly<Record<MediaKind, readonly DeviceChoice[]>>;

/** Which devices there are, as last heard. */
export interface DeviceList {
  of(kind: MediaKind): readonly DeviceChoice[];
  /** Asks the browser; undefined when it does not say. Never rejects. */
  refresh(): Promise<Devices | undefined>;
}

export function createDeviceList(options: {
  readonly source: Pick<MediaSource, "devices">;
  readonly onChange: () => void;
  readonly onError: (code: string, context: string) => void;
}): DeviceList {
  const lists: Record<MediaKind, readonly DeviceChoice[]> = { camera: [], microphone: [] };
  return {
    of: (kind) => lists[kind],
    async refresh() {
      try {
        const found = await options.source.devices();
        const changed = MEDIA_KINDS.filter((kind) => !isSameList(lists[kind], found[kind]));
        for (const kind of changed) lists[kind] = found[kind];
        if (changed.length > 0) options.onChange();
        return found;
      } catch (error) {
        options.onError("devices", String(error));
        return undefined;
      }
    },
  };
}
