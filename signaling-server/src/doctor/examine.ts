import { steadyClock, systemClock } from "@serendip/time";
import { type Environment, loadConfig } from "../config.ts";
import { keptSecret } from "../edge/secret-file.ts";
import { systemResolver } from "../edge/turn/name-resolver.ts";
import type { NameResolver } from "../ports.ts";
import { type Finding, failed, ok } from "./finding.ts";
import { checkIce } from "./ice-check.ts";
import { checkPort } from "./port-check.ts";

async function checkSecret({
  secret,
  directory,
}: {
  secret: string | undefined;
  directory: string;
}): Promise<Finding> {
  if (secret !== undefined) return ok("SESSION_SECRET is set.");
  return keptSecret(directory).then(
    () => ok("SESSION_SECRET is made by the server and kept in DATA_DIR."),
    (error: unknown) => failed(error instanceof Error ? error.message : String(error), "Check DATA_DIR."),
  );
}

/** Everything that the server needs, looked at one by one. Never throws. */
export async function* examine(
  env: Environment,
  { resolver = systemResolver }: { readonly resolver?: NameResolver } = {},
): AsyncGenerator<Finding> {
  const reading = loadConfig(env);
  if (!reading.ok) {
    for (const fault of reading.faults) yield failed(fault, "Correct it in the environment or in .env.");
    return;
  }
  const { config } = reading;
  yield ok(`The settings can be used (${config.mode}).`);
  yield await checkSecret({ secret: config.tokens.secret, directory: config.dataDir });
  yield await checkPort(config);
  yield* checkIce(config, { clock: steadyClock(), calendar: systemClock(), resolver });
}
