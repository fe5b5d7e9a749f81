import { PEOPLE_OF_A_NETWORK } from "../domain/limits/table.ts";
import { type Setting, whole } from "./readers.ts";

const setting = <Value>(given: Setting<Value>): Setting<Value> => given;

/** The settings of limits: one figure for all of them, and how many people may be behind one address. */
export const LIMIT_SETTINGS = {
  LIMITS_PERCENT: setting({
    description:
      "How much people, browsers and networks may ask for, in percent of the table in docs/limits.md: less than 100 under an attack, much more for tests that stand in for a crowd. What is not turned is said there. From 10 to 100000000.",
    default: "100",
    schema: whole(10, 100_000_000),
  }),
  LIMITS_NETWORK_PEOPLE: setting({
    description:
      "How many people may be behind one address, a school or a company, before they get in each other's way: the limits of networks in docs/limits.md are made for so many. MAX_CONNECTIONS_PER_NETWORK is not turned by it, nor are tests of the TURN servers. From 1 to 100000.",
    default: String(PEOPLE_OF_A_NETWORK),
    schema: whole(1, 100_000),
  }),
} as const;
