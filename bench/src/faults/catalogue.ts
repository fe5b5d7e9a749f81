import { oneNetwork, oneNetworkWithBots } from "../crowd/one-network.ts";
import { queueingBots } from "../crowd/queueing-bots.ts";
import type { Fault } from "./fault.ts";
import { flood } from "./flood.ts";
import { forwarded } from "./forwarded.ts";
import { origins } from "./origins.ts";
import { otherRooms } from "./other-rooms.ts";
import { pauses } from "./pauses.ts";
import { relays } from "./relays.ts";
import { secrets } from "./secrets.ts";
import { tokens } from "./tokens.ts";

/** By the ids of docs/faults.md, where those stand as well that the tests of the repository try. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  A4: flood,
  A5: pauses,
  A9: origins,
  A10: tokens,
  A11: secrets,
  A12: otherRooms,
  A17: forwarded,
  A26: relays,
  A27: queueingBots,
  crowd: oneNetwork,
  "crowd-with-bots": oneNetworkWithBots,
};
