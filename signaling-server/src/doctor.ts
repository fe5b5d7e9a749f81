import { loadEnvFile } from "./config/env-file.ts";
import { examine } from "./doctor/examine.ts";
import { lineOf } from "./doctor/finding.ts";

loadEnvFile();
let failures = 0;
for await (const finding of examine(process.env)) {
  console.log(lineOf(finding));
  if (finding.verdict === "FAILED") failures += 1;
}
console.log(failures === 0 ? "\nNothing is wrong." : `\n${failures} of these have to be mended.`);
process.exitCode = failures === 0 ? 0 : 1;
