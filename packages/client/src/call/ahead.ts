import type { IceServer } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import type { Ahead } from "../peer/ahead.port.ts";
import type { CallState } from "./call-state.machine.ts";

/** A call that has just begun has the machine to itself for so long. */
const CALL_BEGINS_MS = 1_000;

/** What was made ahead is made anew after this time: candidates get stale. */
export const AHEAD_LIFE_MS = 60_000;

/** Sees to it that there is a connection for the next partner (SPEC R19). */
export interface AheadMaker {
  /** To be called after each change of the call. */
  look(state: CallState): void;
  /** ICE servers or the wish to hide the address may be others. */
  changed(): void;
  /** What was gathered in another network is of no use. */
  forget(): void;
}

/** `stays`: what there is, and nothing is made now. */
type Wanted = Ahead["what"] | "nothing" | "stays";

function wantedIn({ at, blocked }: CallState): Wanted {
  if (blocked) return "nothing";
  switch (at.phase) {
    case "requesting-media":
    case "connected":
    case "partner-left":
      return "connection";
    case "searching":
      // A press of Next is often answered by a match: then nothing must be in its way.
      return at.placed && !at.givingUp ? "offer" : "stays";
    case "idle":
    case "returning":
    case "connecting":
    case "reconnecting":
    case "failed":
      return "nothing";
  }
}

export function createAheadMaker(options: {
  readonly clock: Pick<Clock, "after">;
  readonly makeAhead: (ahead: Ahead | undefined) => void;
  readonly iceServers: () => readonly IceServer[];
  readonly bringsRelay: () => boolean;
  readonly stream: () => MediaStream | undefined;
  readonly relayOnly: () => boolean;
}): AheadMaker {
  const { clock, makeAhead } = options;
  let wanted: Wanted = "nothing";
  let isThere = false;
  /** Of what is there, or of a call that has just begun. */
  let cancel: Cancel = () => {};
  let isBeginning = false;

  const drop = (): void => {
    cancel();
    isBeginning = false;
    if (isThere) makeAhead(undefined);
    isThere = false;
  };

  function make(): void {
    if (wanted !== "connection" && wanted !== "offer") return;
    if (options.relayOnly()) {
      drop();
      return;
    }
    const [iceServers, waits] = [options.iceServers(), options.bringsRelay()];
    makeAhead({ what: wanted, iceServers, waits, stream: options.stream() });
    if (isThere) return;
    cancel();
    isThere = true;
    cancel = clock.after(AHEAD_LIFE_MS, renew);
  }

  function renew(): void {
    drop();
    make();
  }

  const waitForCall = (): void => {
    isBeginning = true;
    cancel = clock.after(CALL_BEGINS_MS, () => {
      isBeginning = false;
      make();
    });
  };

  return {
    look(state) {
      const next = wantedIn(state);
      if (next === wanted) return;
      wanted = next;
      if (isBeginning) drop();
      if (next === "nothing") drop();
      else if (state.at.phase === "connected" && !isThere) waitForCall();
      else make();
    },
    changed() {
      if (!isBeginning) make();
    },
    forget() {
      if (isThere) renew();
    },
  };
}
