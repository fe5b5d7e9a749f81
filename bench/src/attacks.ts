import { fileURLToPath } from "node:url";
import { ATTACKS, type AttackName, isAttack } from "./attacks/catalogue.ts";
import { report } from "./attacks/report.ts";
import { type RunFigures, run } from "./attacks/run.ts";
import { boundMs, judge, summary } from "./attacks/verdict.ts";
import { ticksPerSecond } from "./server/process-figures.ts";

/**
 * How a healthy pair and newcomers fare while somebody attacks: one attack after the other (those named on the command line,
 * or all), ROUNDS times for ATTACK_MS each, and what the figures are worth. Exits with 1 when an attack lost a signal, cut the
 * pair or ended the server; a slow relay is only told.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? "3");
const ATTACK_MS = Number(process.env["ATTACK_MS"] ?? "4500");
/** No run begins after this, so that the whole ends within ten minutes. */
const LAST_START_MS = 585_000;
const PRODUCT = fileURLToPath(new URL("../..", import.meta.url));

if (ticksPerSecond() === undefined || process.platform !== "linux") {
  console.error("This needs Linux: what the server costs is read from /proc.");
  process.exit(1);
}
const typed = process.argv.slice(2);
const unknown = typed.filter((name) => !isAttack(name));
if (unknown.length > 0) {
  console.error(`There is no attack ${unknown.join(", ")}. There are: ${Object.keys(ATTACKS).join(", ")}.`);
  process.exit(64);
}
const names = (Object.keys(ATTACKS) as AttackName[]).filter(
  (name) => typed.length === 0 || typed.includes(name),
);

const runs = new Map<AttackName, RunFigures[]>(names.map((name) => [name, []]));
const leftOut = new Map<AttackName, string>();
let unrun = 0;
for (let round = 1; round <= ROUNDS; round += 1)
  for (const name of names) {
    if (leftOut.has(name)) continue;
    if (performance.now() > LAST_START_MS) {
      unrun += 1;
      continue;
    }
    try {
      const figures = await run(name, { product: PRODUCT, attackMs: ATTACK_MS });
      runs.get(name)?.push(figures);
      const { p99Ms, lost } = figures.pair;
      console.error(`round ${round} of ${ROUNDS}, ${name}: relay p99 ${p99Ms.toFixed(1)} ms, ${lost} lost`);
    } catch (error) {
      const mounts = name === "full-log" && String(error).includes("mount");
      if (!mounts) throw error;
      leftOut.set(name, "a full disk needs root, to mount one");
    }
  }

const all = new Map(
  [...runs].filter(([, list]) => list.length > 0).map(([name, list]) => [name, summary(list)]),
);
const withinMs = boundMs(all.get("cpu-burner"));
console.log(report(all));
console.log("");
for (const [name, figures] of all) {
  const { kind, words } = judge(figures, withinMs);
  console.log(`${kind.padEnd(6)}  ${name}: ${words}`);
  if (kind === "broken") process.exitCode = 1;
}
for (const [name, why] of leftOut) console.log(`left out  ${name}: ${why}`);
if (unrun > 0) console.log(`${unrun} runs were left out: the time was over.`);
