import type { Cancel, Clock } from "@serendip/time";
import type { PeerReading } from "../peer/peer-link.port.ts";
import type { RoomRef } from "../words/room-ref.ts";
import { holdsPeer, isInRoom } from "./call-facts.machine.ts";
import type { CallState } from "./call-state.machine.ts";

/** Between the end of one reading of a peer connection and the next. A browser stretches it in a hidden tab. */
const READ_EVERY_MS = 250;

/** Reads the peer connection for everybody who wants to know how it goes. */
export interface PeerReader {
  /** To be called after each change of the call. */
  look(state: CallState): void;
  /** Does not wait for the next one; a reading that is under way counts no more. */
  readNow(): void;
}

/** What is told: a reading of the room's connection, or undefined when another connection begins, or there is none any more. */
type PeerReadingListener = (reading: PeerReading | undefined, room: RoomRef | undefined) => void;

/** Reads while there is a connection, one reading at a time. */
export function createPeerReader(options: {
  readonly clock: Pick<Clock, "after">;
  readonly read: () => Promise<PeerReading | undefined>;
  readonly onReading: PeerReadingListener;
}): PeerReader {
  const { clock, read, onReading } = options;
  let current: { readonly room: RoomRef } | undefined;
  let cancel: Cancel = () => {};

  /** Goes on for as long as `mine` is the current one. */
  const readOnce = (mine: { readonly room: RoomRef }): void => {
    void read().then((reading) => {
      if (current !== mine) return;
      readLater(mine);
      if (reading) onReading(reading, mine.room);
    });
  };
  const readLater = (mine: { readonly room: RoomRef }): void => {
    cancel = clock.after(READ_EVERY_MS, () => readOnce(mine));
  };

  return {
    look(state) {
      const { at } = state;
      const room = isInRoom(at) && holdsPeer(state) ? at.room : undefined;
      if (room?.roomId === current?.room.roomId && room?.generation === current?.room.generation) return;
      cancel();
      current = undefined;
      onReading(undefined, room);
      if (!room) return;
      current = { room };
      readLater(current);
    },
    readNow() {
      if (!current) return;
      cancel();
      current = { room: current.room };
      readOnce(current);
    },
  };
}
