import { askUrl, choosePlace, introduction, localUrl, requireFreePorts } from "./addresses.mjs";
import { EXIT_CONFIG, ROOT } from "./environment.mjs";
import { installPackages } from "./packages.mjs";
import { startPart, untilAnswers } from "./parts.mjs";
import { endRunning, run } from "./run.mjs";
import { Fault, say } from "./say.mjs";
import { watchForStop } from "./stop-request.mjs";

const ANSWER_MS = 60_000;

/** @typedef {"start" | "dev" | "start-signaling"} ServeCommand */

/** @param {ServeCommand} command */
async function choosePlaces(command) {
  const { env } = process;
  const signaling = await choosePlace({
    name: "signaling server",
    variable: "PORT",
    text: env["PORT"],
    usual: 3001,
    host: env["HOST"],
    tls: env["TLS_CERT_FILE"],
  });
  const web = await choosePlace({
    name: "web client",
    variable: "WEB_PORT",
    text: env["WEB_PORT"],
    usual: 5173,
    host: env["WEB_HOST"],
  });
  const wanted = command === "start-signaling" ? [signaling] : [signaling, web];
  if (wanted.length === 2 && signaling.port === web.port)
    throw new Fault(
      `Signaling server and web client need two ports; PORT and WEB_PORT are both ${web.port}.`,
    );
  await requireFreePorts(wanted);
  return { signaling, web };
}

/**
 * @param {ServeCommand} command
 * @param {NodeJS.ProcessEnv} env
 */
async function build(command, env) {
  say("Building …");
  const parts = command === "start-signaling" ? ["signaling-server"] : ["signaling-server", "web-client"];
  const only = parts.map((name) => `--filter=${name}`);
  const { code } = await run("turbo", ["run", "build", "--output-logs=errors-only", ...only], {
    cwd: ROOT,
    env,
  });
  // The build of the web client reads its settings, and says what is wrong with them.
  if (code !== 0) throw new Fault("The build failed; see above.", code === EXIT_CONFIG ? code : 1);
}

/**
 * @param {ServeCommand} command
 * @param {{ signaling: string, web: string }} url
 */
function welcome(command, url) {
  const alone = command === "start-signaling";
  const lines = [
    "",
    "  Serendip is running.",
    "",
    ...(alone ? [] : [`  Web client        ${url.web}`]),
    `  Signaling server  ${url.signaling}`,
    "",
    ...(alone ? [] : [`  Open ${url.web} in two tabs and press Start Chatting in both.`]),
    "  Press Ctrl-C to stop.",
    "",
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/**
 * Starts the parts and waits until the person stops them or one of them ends by itself.
 *
 * @param {ServeCommand} command
 * @param {{ places: Awaited<ReturnType<typeof choosePlaces>>, stop: ReturnType<typeof watchForStop> }} options
 * @returns {Promise<number>} the exit code
 */
async function runParts(command, { places: { signaling, web }, stop }) {
  const script = command === "dev" ? "dev" : "start";
  const env = introduction({ signaling, web });
  const alone = command === "start-signaling";
  const parts = [startPart({ name: signaling.name, folder: "signaling-server", script, env })];
  if (!alone) parts.push(startPart({ name: web.name, folder: "web-client", script, env }));

  const failed = Promise.race(parts.map(async ({ name, ended }) => ({ name, ...(await ended) })));
  let waiting = true;
  // A watched server that does not start yet waits for the developer's next change.
  const patience = {
    withinMs: command === "dev" ? Number.POSITIVE_INFINITY : ANSWER_MS,
    given: () => waiting,
  };
  /** @type {Promise<Fault>} */
  const silent = (async () => {
    await untilAnswers(`${askUrl(signaling)}/readyz`, patience);
    if (!alone) await untilAnswers(askUrl(web), patience);
    if (waiting) welcome(command, { signaling: localUrl(signaling), web: localUrl(web) });
    return new Promise(() => {});
  })().catch((fault) => fault);

  const end = await Promise.race([stop.requested, failed, silent]);
  waiting = false;
  if (typeof end === "string") say("Stopping …");
  else if ("message" in end) say(end.message);
  else say(`The ${end.name} ended by itself (${end.how}).`);
  const inOrder = (await Promise.all(parts.map((part) => part.stop()))).every(Boolean);
  if (typeof end !== "string") return "code" in end ? end.code || 1 : 1;
  if (!inOrder) say("A part did not stop in time and was ended by force.");
  return inOrder ? 0 : 1;
}

/**
 * @param {ServeCommand} command
 * @returns {Promise<number>} the exit code: 0 after a wanted stop, that of the part that failed otherwise
 */
export async function serve(command) {
  const stop = watchForStop();
  stop.onRequest(endRunning);
  try {
    const places = await choosePlaces(command);
    const tools = await installPackages();
    if (command !== "dev") await build(command, tools);
    return stop.reason() === undefined ? await runParts(command, { places, stop }) : 0;
  } catch (fault) {
    // A step that was ended on request has not failed.
    if (stop.reason() === undefined) throw fault;
    return 0;
  }
}
