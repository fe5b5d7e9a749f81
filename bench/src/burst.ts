import { burstLoad } from "./burst/burst-load.ts";
import { compare } from "./compare.ts";

/** How long 500 people wait who search all at once, beside 5,000 (IDLE) who are connected and do nothing. */
await compare(burstLoad);
