import { fileURLToPath } from "node:url";
import { FAULTS } from "./faults/catalogue.ts";

/**
 * What attackers, operators and bad luck do to a server that runs as it is deployed, one after the other (those named on the command
 * line, or all), and the figure that came of it beside the target. Exits with 1 when a promise was broken; times are only told.
 * With QUICK set it asks the same in smaller numbers, and leaves the long ones out.
 */
const PRODUCT = fileURLToPath(new URL("../..", import.meta.url));
const around = { product: PRODUCT, isQuick: process.env["QUICK"] !== undefined };

const typed = process.argv.slice(2);
const unknown = typed.filter((id) => !Object.hasOwn(FAULTS, id));
if (unknown.length > 0) {
  console.error(`There is no fault ${unknown.join(", ")}. There are: ${Object.keys(FAULTS).join(", ")}.`);
  process.exit(64);
}
const chosen = Object.entries(FAULTS).filter(([id, fault]) =>
  typed.length > 0 ? typed.includes(id) : !(around.isQuick && fault.isLong),
);
for (const [id, fault] of chosen) {
  const beganAt = performance.now();
  console.log(`${id}  ${fault.what}`);
  console.log(`    target: ${fault.target}`);
  const { figure, isKept } = await fault.run(around);
  const seconds = ((performance.now() - beganAt) / 1_000).toFixed(1);
  console.log(`    ${isKept ? "kept" : "BROKEN"} (${seconds} s): ${figure}\n`);
  if (!isKept) process.exitCode = 1;
}
