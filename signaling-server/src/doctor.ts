import { EnvFileUnreadable, loadEnvFile } from "./config/env-file.ts";
import { examine } from "./doctor/examine.ts";
import { type Finding, failed, lineOf } from "./doctor/finding.ts";

async function* findings(): AsyncGenerator<Finding> {
  try {
    loadEnvFile();
  } catch (error) {
    if (!(error instanceof EnvFileUnreadable)) throw error;
    yield failed(error.message, "Nothing else was looked at.");
    return;
  }
  yield* examine(process.env);
}

let failures = 0;
for await (const finding of findings()) {
  console.log(lineOf(finding));
  if (finding.verdict === "FAILED") failures += 1;
}
console.log(failures === 0 ? "\nNothing is wrong." : `\n${failures} of these have to be mended.`);
process.exitCode = failures === 0 ? 0 : 1;
