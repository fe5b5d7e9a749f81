import type { Invariant } from "../invariant.ts";
import { oneSocket } from "./i01-one-socket.ts";
import { epochFences } from "./i02-epoch-fences.ts";
import { onePlace } from "./i03-one-place.ts";
import { queueIsComplete } from "./i04-queue-is-complete.ts";
import { roomHasTwo } from "./i05-room-has-two.ts";
import { neverOneself } from "./i06-never-oneself.ts";
import { oneRoomPerFind } from "./i07-one-room-per-find.ts";
import { nobodyLost } from "./i08-nobody-lost.ts";
import { oldestFirst } from "./i09-oldest-first.ts";
import { noRematchTooSoon } from "./i10-no-rematch-too-soon.ts";
import { findInRoom } from "./i11-find-in-room.ts";
import { leavingHasNoGrace } from "./i12-leaving-has-no-grace.ts";
import { gracesEnd } from "./i13-graces-end.ts";
import { partnerEvents } from "./i14-partner-events.ts";
import { generationGrows } from "./i17-generation.ts";
import { repetition } from "./i18-repetition.ts";
import { credentials } from "./i19-credentials.ts";
import { bounded } from "./i20-bounded.ts";
import { tickets } from "./i22-tickets.ts";
import { relayOnlyRooms } from "./k05-relay-only.ts";
import { floodIsBounded } from "./r17-flood.ts";
import { newestConnection } from "./s10-newest-connection.ts";

/** Every promise of the store. */
export const LOBBY_INVARIANTS: readonly Invariant[] = [
  oneSocket,
  epochFences,
  onePlace,
  queueIsComplete,
  roomHasTwo,
  neverOneself,
  oneRoomPerFind,
  nobodyLost,
  oldestFirst,
  noRematchTooSoon,
  findInRoom,
  leavingHasNoGrace,
  gracesEnd,
  partnerEvents,
  generationGrows,
  repetition,
  credentials,
  bounded,
  tickets,
  relayOnlyRooms,
  newestConnection,
  floodIsBounded,
];
