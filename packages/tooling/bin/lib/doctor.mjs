import { ROOT } from "./environment.mjs";
import { installPackages } from "./packages.mjs";
import { run } from "./run.mjs";
import { Fault } from "./say.mjs";

/**
 * Checks everything that the signaling server needs, and prints what it finds.
 *
 * @returns {Promise<number>} the exit code: 0 when nothing is wrong
 */
export async function doctor() {
  const env = await installPackages();
  const build = ["run", "build", "--output-logs=errors-only", "--filter=signaling-server"];
  const built = await run("turbo", build, { cwd: ROOT, env, output: "keep" });
  if (built.code !== 0) throw new Fault(`The build failed:\n${built.output}`);
  const { code } = await run("node", ["--enable-source-maps", "signaling-server/dist/doctor.js"], {
    cwd: ROOT,
    env,
  });
  return code;
}
