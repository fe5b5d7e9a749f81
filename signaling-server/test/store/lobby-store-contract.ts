import { describe } from "vitest";
import { absenceRules } from "./contract/absence.ts";
import { boundRules } from "./contract/bounds.ts";
import { closingRules } from "./contract/closing.ts";
import { floodRules } from "./contract/flood.ts";
import { matchingRules } from "./contract/matching.ts";
import { mediaWitnessRules } from "./contract/media-witness.ts";
import { relayOnlyRules } from "./contract/relay-only.ts";
import { requestRules } from "./contract/requests.ts";
import { roomRules } from "./contract/rooms.ts";
import { arrangeWith, type LobbyStoreFactory } from "./contract/scene.ts";
import { sessionRules } from "./contract/sessions.ts";
import { shuttingOutRules } from "./contract/shutting-out.ts";
import { standingRules } from "./contract/standing.ts";
import { ticketRules } from "./contract/tickets.ts";

export type { LobbyStoreFactory } from "./contract/scene.ts";

/**
 * Everything that a `LobbyStore` promises, as tests. Call it in a test file, once per kind of store: all stores
 * behave alike because they all pass this.
 */
export function lobbyStoreContract(name: string, factory: LobbyStoreFactory): void {
  const arrange = arrangeWith(factory);
  describe(`${name} keeps the contract of a lobby store`, () => {
    sessionRules(arrange);
    absenceRules(arrange);
    mediaWitnessRules(arrange);
    matchingRules(arrange);
    standingRules(arrange);
    roomRules(arrange);
    relayOnlyRules(arrange);
    floodRules(arrange);
    requestRules(arrange);
    ticketRules(arrange);
    boundRules(arrange);
    shuttingOutRules(arrange);
    closingRules(arrange);
  });
}
