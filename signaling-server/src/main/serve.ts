import cluster from "node:cluster";
import closeWithGrace from "close-with-grace";
import { AddressUnusable, PortTaken, type RunningServer, startServer } from "../app.ts";
import { loadEnvFile } from "../config/env-file.ts";
import { type Environment, loadConfig } from "../config.ts";
import { openLog } from "../edge/log/open-log.ts";
import { SecretFileFailed } from "../edge/secret-file.ts";
import { readTlsFiles, TlsFilesFailed } from "../edge/tls/tls-files.ts";
import { helpText, readOptions } from "./options.ts";
import { asksForInspector, IGNORED_SIGNALS, shutInspector } from "./signals.ts";
import { outliveTerminal } from "./terminal.ts";

/** Exit codes of sysexits(3): an unknown option, a fault in the program, a fault in the configuration. */
const EXIT = { failed: 1, usage: 64, software: 70, config: 78 } as const;

/** The longest that a stop may take after the drain. */
const STOP_MS = 5_000;

function quit(code: number, ...lines: readonly string[]): never {
  for (const line of lines) console.error(line);
  process.exit(code);
}

const listed = (sentences: readonly string[]) => sentences.map((sentence) => `  - ${sentence}`);

/** @param given the environment as it was when the process started */
function readConfiguration(given: Environment) {
  const file = loadEnvFile();
  const reading = loadConfig({ ...given, ...process.env }, file.faults);
  if (reading.ok) return { config: reading.config, warnings: [...file.notes, ...reading.warnings] };
  const notes = [...file.notes, ...reading.notes];
  return quit(
    EXIT.config,
    "The configuration is wrong:",
    ...listed(reading.faults.map(({ sentence }) => sentence)),
    ...(notes.length > 0 ? ["This may be the reason:", ...listed(notes)] : []),
  );
}

/** Says what `--check-config` asks; what only a start can show (ports, servers that do not answer) is the doctor's. */
async function checkConfiguration(given: Environment): Promise<never> {
  const { config, warnings } = readConfiguration(given);
  const tls = config.tls && (await readTlsFiles(config.tls));
  if (tls?.ok === false) return quit(EXIT.config, tls.sentence);
  for (const line of ["The configuration is good.", ...listed(warnings)]) console.log(line);
  return process.exit(0);
}

/** Does what the command line asks for, unless that is to run the server. */
async function answerOptions(given: Environment): Promise<void> {
  const asked = readOptions(process.argv.slice(2));
  if (asked === "help") {
    console.log(helpText());
    process.exit(0);
  }
  if (asked === "check-config") await checkConfiguration(given);
  if (typeof asked === "object")
    quit(EXIT.usage, `There is no option ${asked.unknown}; --help lists what there is.`);
}

/**
 * Runs the server of this process until a signal or a fault ends it, or does what the command line asks for instead.
 *
 * @param options.given the environment as it was when the process started
 * @param options.endEarlyStops ends what the process does at SIGTERM and SIGINT so far
 */
export async function serve({
  given,
  endEarlyStops,
}: {
  readonly given: Environment;
  readonly endEarlyStops: () => void;
}): Promise<void> {
  await answerOptions(given);
  const { config, warnings } = readConfiguration(given);
  const output = openLog(config.logLevel);
  const { log } = output;
  outliveTerminal();
  for (const warning of warnings) log.warn(warning);
  if (config.mode === "production" && asksForInspector())
    log.warn(
      "Node's inspector is open: every program of this machine can run code in the server; take --inspect out of NODE_OPTIONS and of the command.",
    );
  if (cluster.isWorker)
    log.warn(
      "This server runs as one of a cluster of processes, which do not know each other's people; start it once, and not in PM2's cluster mode.",
    );
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => log.info("Signal ignored", { signal }));

  let server: RunningServer | undefined;
  // Before the start, so that a signal at any moment is a clean stop.
  closeWithGrace(
    {
      delay: config.drainMs + STOP_MS,
      logger: false,
      // Signals besides SIGTERM and SIGINT that the library would take for a stop: the ignored ones, and those with which a
      // crash ends a process.
      skip: ["SIGHUP", "SIGQUIT", "SIGUSR2", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGSEGV"],
      onTimeout: (withinMs) => log.error("The stop took too long and is broken off", { withinMs }),
    },
    async ({ err, signal }) => {
      if (err) log.error("The server failed and stops", { error: err.stack ?? String(err) });
      else log.info("Stopping", { signal });
      // A person at a keyboard waits, and a fault may have left anything behind.
      if (signal === "SIGTERM")
        await server
          ?.drain()
          .catch((error: unknown) => log.error("The drain failed", { error: String(error) }));
      await server?.stop().catch((error: unknown) => log.error("The stop failed", { error: String(error) }));
      await output.close();
      if (err) process.exit(EXIT.software);
    },
  );
  endEarlyStops();

  server = await startServer(config, { log, logCounts: output.counts }).catch(async (error: unknown) => {
    await output.close();
    if (error instanceof PortTaken || error instanceof AddressUnusable)
      return quit(EXIT.failed, error.message);
    if (error instanceof SecretFileFailed || error instanceof TlsFilesFailed)
      return quit(EXIT.config, error.message);
    throw error;
  });
  output.announce("Signaling server listens", server.url);
  // Node may have answered only now a SIGUSR1 that came before this program listened to it.
  shutInspector();
}
