import { loadEnvFile } from "./config/env-file.ts";
import { examine } from "./doctor/examine.ts";
import { type Finding, lineOf, note, ok } from "./doctor/finding.ts";

async function* findings(): AsyncGenerator<Finding> {
  const { file, found, settings, faults, notes } = loadEnvFile();
  if (found && faults.length === 0)
    yield ok(`${file} sets ${Object.keys(settings).join(", ") || "nothing"}.`);
  for (const sentence of notes) yield note(sentence, "Rename it, or delete it.");
  yield* examine(process.env, { faults });
}

let failures = 0;
for await (const finding of findings()) {
  console.log(lineOf(finding));
  if (finding.verdict === "FAILED") failures += 1;
}
console.log(failures === 0 ? "\nNothing is wrong." : `\n${failures} of these have to be mended.`);
process.exitCode = failures === 0 ? 0 : 1;
