import { steadyClock, systemClock } from "@serendip/time";
import { type ConfigFault, type Environment, loadConfig, type ServerConfig } from "../config.ts";
import { keptSecret } from "../edge/secret-file.ts";
import { readTlsFiles } from "../edge/tls/tls-files.ts";
import { systemResolver } from "../edge/turn/name-resolver.ts";
import type { NameResolver } from "../ports/turn.ts";
import { type Finding, failed, misconfigured, note, ok } from "./finding.ts";
import { checkIce } from "./ice-check.ts";
import { checkBacklog, checkPort } from "./port-check.ts";

async function* checkSecret({
  secret,
  directory,
}: {
  secret: string | undefined;
  directory: string;
}): AsyncGenerator<Finding> {
  if (secret !== undefined) {
    yield ok("SESSION_SECRET is set.");
    return;
  }
  const warnings: string[] = [];
  try {
    await keptSecret(directory, { warn: (sentence) => void warnings.push(sentence) });
    yield ok("SESSION_SECRET is made by the server and kept in DATA_DIR.");
  } catch (error) {
    yield misconfigured(error instanceof Error ? error.message : String(error), "Check DATA_DIR.");
  }
  for (const warning of warnings)
    yield note(
      warning,
      "Whoever has read it can pass for anybody; delete the file if somebody may have, and the server makes another one.",
    );
}

async function* checkTls({ tls }: Pick<ServerConfig, "tls">): AsyncGenerator<Finding> {
  if (tls === undefined) return;
  const reading = await readTlsFiles(tls);
  if (!reading.ok) yield misconfigured(reading.sentence, "Correct it in the environment or in .env.");
  else if (reading.identity.validUntilAt <= systemClock().now())
    yield failed("The TLS certificate is over.", "Renew it; the server takes the new files by itself.");
  else yield ok("TLS certificate and key fit.");
}

/**
 * Looks one by one at everything that the server needs. Never throws.
 *
 * @param options.faults of the `.env` file, if some of the settings come from one
 */
export async function* examine(
  env: Environment,
  {
    faults = [],
    resolver = systemResolver,
  }: { readonly faults?: readonly ConfigFault[]; readonly resolver?: NameResolver } = {},
): AsyncGenerator<Finding> {
  const reading = loadConfig(env, faults);
  if (!reading.ok) {
    for (const { sentence } of reading.faults)
      yield misconfigured(sentence, "Correct it in the environment or in .env.");
    for (const sentence of reading.notes) yield note(sentence, "This may be the reason.");
    return;
  }
  const { config, warnings } = reading;
  yield ok(`The settings can be used (${config.mode}).`);
  for (const warning of warnings) yield note(warning, "The server says so in its log, too.");
  yield* checkSecret({ secret: config.tokens.secret, directory: config.dataDir });
  yield* checkTls(config);
  yield await checkPort(config);
  yield* checkBacklog();
  yield* checkIce(config, { clock: steadyClock(), calendar: systemClock(), resolver });
}
