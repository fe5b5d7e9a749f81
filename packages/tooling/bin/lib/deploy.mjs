import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { ROOT } from "./environment.mjs";
import { installPackages } from "./packages.mjs";
import { Fault, say } from "./say.mjs";
import { runTool } from "./tasks.mjs";

/** As sysexits(3) has it: the command was typed wrongly. */
const EXIT_USAGE = 64;

/** What a server runs from: two programs with their libraries in them, and the maps that name sources in its errors. */
const PROGRAMS = /^(main|doctor)\.js(\.map)?$|^bundle(\/|$)/;

/**
 * The folder that the person means, which is empty or not there yet.
 *
 * @param {readonly string[]} typed
 * @returns {string}
 * @throws {Fault}
 */
function targetOf(typed) {
  const [name, ...more] = typed;
  if (!name || more.length > 0 || name.startsWith("-"))
    throw new Fault("Say in which new folder to put it: npm run deploy /opt/serendip/releases/1", EXIT_USAGE);
  // npm runs its scripts in the root folder, wherever the person is.
  const target = resolve(process.env["INIT_CWD"] ?? process.cwd(), name);
  const inside = relative(ROOT, target);
  if (inside === "" || !(inside === ".." || inside.startsWith(`..${sep}`) || resolve(inside) === inside))
    throw new Fault(
      `${target} is in this repository, whose .env a server there would read; name a folder outside of it.`,
    );
  if (!existsSync(target)) return target;
  if (!statSync(target).isDirectory()) throw new Fault(`${target} is a file; name a folder.`);
  if (readdirSync(target).length > 0)
    throw new Fault(
      `${target} is not empty. A server may be running from it: name a new folder for each version, and lead a link to it.`,
    );
  return target;
}

/** The manifest of a deployed server: what Node and a person need, and nothing of a workspace. */
function manifest() {
  const { name, version, license } = JSON.parse(
    readFileSync(join(ROOT, "signaling-server/package.json"), "utf8"),
  );
  const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const scripts = {
    start: "node dist/main.js",
    doctor: "node --enable-source-maps dist/doctor.js",
  };
  return `${JSON.stringify({ name, version, private: true, license, type: "module", engines, scripts }, null, 2)}\n`;
}

/** Lets the user read it who will run it, whatever the umask of the one who deploys. @param {string} path */
function openToReaders(path) {
  const isFolder = statSync(path).isDirectory();
  chmodSync(path, isFolder ? 0o755 : 0o644);
  if (isFolder) for (const name of readdirSync(path)) openToReaders(join(path, name));
}

/** @param {string} folder */
function putServer(folder) {
  const built = join(ROOT, "signaling-server/dist");
  mkdirSync(join(folder, "dist"), { recursive: true });
  cpSync(built, join(folder, "dist"), {
    recursive: true,
    filter: (path) => path === built || PROGRAMS.test(relative(built, path).split(sep).join("/")),
  });
  cpSync(join(ROOT, "signaling-server/.env.example"), join(folder, ".env.example"));
  writeFileSync(join(folder, "package.json"), manifest());
}

/**
 * Builds both halves and puts them into a new folder: `signaling-server`, which needs nothing but Node, and `web-client`,
 * which needs a web server.
 *
 * @param {readonly string[]} typed what the person typed after the command
 * @returns {Promise<number>} the exit code
 * @throws {Fault}
 */
export async function deploy(typed) {
  const target = targetOf(typed);
  const env = await installPackages();
  const server = join(target, "signaling-server");
  const page = join(target, "web-client");
  const built = await runTool("deploy server", { env });
  if (built !== 0) return built;
  putServer(server);
  const builtPage = await runTool("deploy page", { env });
  if (builtPage !== 0) return builtPage;
  // Built where it is always built: a source map names its sources as seen from there, which may be all of this machine's path.
  cpSync(join(ROOT, "web-client/dist"), page, { recursive: true });
  for (const folder of [server, page]) cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  openToReaders(target);
  say(
    `\nDeployed to ${target}:\n` +
      `  ${server}: node dist/main.js; settings in the environment or in .env there\n` +
      `  ${page}: static files; config.json in it says where the signaling server is\n` +
      "docs/deploy.md says what stands around them.",
  );
  return 0;
}
