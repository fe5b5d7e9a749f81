import type { IceGrant, IceServer } from "@serendip/protocol";
import type { IceStatus } from "./chat-health.ts";
import type { TabNotes } from "./tab-notes.ts";

/** The ICE servers of calls, and the person's wish to be seen through none but relays. */
export interface Ice {
  status(): IceStatus;
  /** For the next peer connection. */
  servers(): readonly IceServer[];
  /** The signaling server has named servers. */
  take(grant: IceGrant): void;
  setRelayOnly(relayOnly: boolean): void;
}

const NO_FAULTS: IceStatus["faults"] = [];

export function createIce(options: { readonly notes: TabNotes; readonly onChange: () => void }): Ice {
  const { notes, onChange } = options;
  let servers: readonly IceServer[] = [];
  let wish: boolean | undefined;

  return {
    servers: () => servers,
    status: () => ({
      mode: "unknown",
      faults: NO_FAULTS,
      relayOnly: wish ?? notes.current().relayOnly ?? false,
      relayOffered: false,
    }),
    take({ iceServers }) {
      servers = iceServers;
      onChange();
    },
    setRelayOnly(relayOnly) {
      wish = relayOnly;
      notes.note({ relayOnly: relayOnly || undefined });
      onChange();
    },
  };
}
