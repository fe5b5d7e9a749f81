#!/usr/bin/env node
// Behind every root npm script. Needs nothing but Node and npm: it may run before anything is installed.
import { checkNode, loadDotEnv } from "./lib/environment.mjs";
import { Fault, say } from "./lib/say.mjs";

const HELP = `Usage: node packages/tooling/bin/serendip.mjs <command>

  start            install, build, run signaling server and web client together
  dev              the same, with watch and hot reload, without a build
  start-signaling  install, build, run the signaling server alone
  doctor           check the settings, the port and every STUN and TURN server
  build            build everything
  deploy DIR       build both halves and put them into a new folder, without sources
  test             lint + types + dead code + unit + build + end-to-end
  unit | e2e       only these tests; further arguments go to vitest or Playwright
  repeat           the two-people test 30 times, with its figures
  soak             hundreds of reloads, kills and presses in real browsers (about an hour)
  cuts             calls whose network is cut, changed or relayed, for a long time (needs root on Linux)
  natlab           every pair of routers and firewalls, with and without TURN (needs root on Linux)
  speed            how long Start and Next take to a partner's picture, and where the time goes
  nexts            500 partners one after the other in one page, and what is left of them
  histories        10,000 random histories of lobby and relay, and 200 crowds of bots (fifteen minutes)
  churn            a thousand people without browsers, for a minute
  attacks          a call and newcomers beside one attacker after the other (ten minutes, Linux)
  faults           what attackers and crowds do to a server as it is deployed, each figure beside its target
  relay-cost       CPU time for 100,000 signals, of this or of the named built checkouts (Linux)
  bench            this server beside a bare Socket.IO relay and a raw ws relay, with tables and plots (Linux; ten minutes)
  burst            500 searches at once beside 5,000 idle people, as relay-cost
  screenshots      every screen, under docs/screenshots
  record-stats     what the browsers report of a call, as fixtures of the client's tests
  audit            known weaknesses of the dependencies, as the registry knows them
  lint | format | typecheck
  install          install the packages and nothing else
`;

const [command = "help", ...rest] = process.argv.slice(2);

/** @returns {Promise<number>} the exit code */
async function main() {
  if (command === "help" || command === "--help") {
    process.stdout.write(HELP);
    return 0;
  }
  checkNode();
  switch (command) {
    case "start":
    case "dev":
    case "start-signaling":
      // Only here: the outcome of a test must not depend on somebody's configuration.
      loadDotEnv();
      return (await import("./lib/serve.mjs")).serve(command);
    case "doctor":
      loadDotEnv();
      return (await import("./lib/doctor.mjs")).doctor();
    case "test":
      return (await import("./lib/test-all.mjs")).testAll();
    case "build":
      // Vite reads it by itself, but what was built before is only known by the environment it was built in.
      loadDotEnv();
      return (await import("./lib/tasks.mjs")).runTask(command, rest);
    case "deploy":
      loadDotEnv();
      return (await import("./lib/deploy.mjs")).deploy(rest);
    case "install":
    case "unit":
    case "e2e":
    case "repeat":
    case "soak":
    case "natlab":
    case "cuts":
    case "speed":
    case "nexts":
    case "histories":
    case "churn":
    case "attacks":
    case "faults":
    case "relay-cost":
    case "burst":
    case "bench":
    case "screenshots":
    case "record-stats":
    case "audit":
    case "lint":
    case "format":
    case "typecheck":
      return (await import("./lib/tasks.mjs")).runTask(command, rest);
    default:
      throw new Fault(`There is no command "${command}".\n\n${HELP}`, 64);
  }
}

try {
  process.exitCode = await main();
} catch (failure) {
  if (!(failure instanceof Fault)) throw failure;
  say(failure.message);
  process.exitCode = failure.exitCode;
}
