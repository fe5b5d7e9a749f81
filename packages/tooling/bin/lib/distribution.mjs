import { existsSync, rmSync, writeFileSync } from "node:fs";
import { run } from "./run.mjs";

const SILENCE_MS = 300_000;

/** Debian asks this program whether an installed service may be started (invoke-rc.d, section "policy-rc.d"). */
const POLICY = "/usr/sbin/policy-rc.d";
const START_NOTHING = "#!/bin/sh\nexit 101\n";

/** Services that packages of these names bring along. */
const SERVICES = ["coturn", "nginx", "caddy", "prometheus"];

/** Whether this user may install the distribution's packages. */
export function mayInstall() {
  return process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

/**
 * Installs packages of the distribution, all in one go. What they bring along is not started as a service, neither
 * now nor with the machine.
 *
 * @param {readonly string[]} packages
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function installFromDistribution(packages, env) {
  const quiet = {
    env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
    output: /** @type {const} */ ("keep"),
    silenceLimitMs: SILENCE_MS,
  };
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, START_NOTHING, { mode: 0o755 });
  try {
    await run("apt-get", ["update"], quiet);
    const result = await run("apt-get", ["install", "-y", "--no-install-recommends", ...packages], quiet);
    const services = SERVICES.filter((name) => packages.some((one) => one.startsWith(name)));
    if (services.length > 0 && existsSync("/run/systemd/system"))
      await run("systemctl", ["disable", "--now", ...services], quiet);
    return result;
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
}

/** The line of a failed installation that says why; empty after a good one. @param {{ code: number, output: string }} result */
export function reasonOf({ code, output }) {
  if (code === 0) return "";
  const lines = output.trim().split("\n");
  return lines.find((line) => /^(Error|E): /.test(line)) ?? lines.at(-1) ?? "";
}
