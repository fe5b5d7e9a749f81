import { loadEnvFile } from "./config/env-file.ts";
import { examine } from "./doctor/examine.ts";
import { exitCodeOf, type Finding, lineOf, note, ok } from "./doctor/finding.ts";

async function* findings(): AsyncGenerator<Finding> {
  const { file, found, settings, faults, notes } = loadEnvFile();
  if (found && faults.length === 0)
    yield ok(`${file} sets ${Object.keys(settings).join(", ") || "nothing"}.`);
  for (const sentence of notes) yield note(sentence, "Rename it, or delete it.");
  yield* examine(process.env, { faults });
}

const found: Finding[] = [];
// Whoever reads may have read enough (doctor | head).
process.stdout.on("error", () => process.exit(exitCodeOf(found)));
for await (const finding of findings()) {
  found.push(finding);
  console.log(lineOf(finding));
}
const failures = found.filter(({ verdict }) => verdict === "FAILED").length;
console.log(failures === 0 ? "\nNothing is wrong." : `\n${failures} of these have to be mended.`);
process.exitCode = exitCodeOf(found);
