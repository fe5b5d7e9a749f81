import { once } from "node:events";
import { openLog } from "../../src/edge/log/open-log.ts";

/** Writes more at once than may wait, says how much of it was dropped, and ends after its stdin, with a last line. */
const { log, announce, counts, close } = openLog("error");
const all = 20_000;
for (let number = 0; number < all; number += 1) announce(String(number), "x".repeat(100));
process.stderr.write(`written ${all}, dropped ${counts().dropped}\n`);
process.stdin.resume();
await once(process.stdin, "end");
log.error("the last line");
await close();
process.exit(0);
