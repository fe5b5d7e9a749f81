import { compare } from "./compare.ts";
import { relayLoad } from "./relay-cost/relay-load.ts";

/**
 * What relaying costs the server: its CPU time for 100,000 signals between ten pairs, at a fixed rate and as fast as they are
 * acknowledged. CPU time, because a busy machine changes it little.
 */
await compare(relayLoad);
