import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ORIGIN } from "../../page/mint.ts";
import { HOST } from "../wire/web-socket.ts";
import type { Contestant } from "./contestant.ts";

/** How a server is started. */
export interface Command {
  /** What Node is given, its own options first. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const relay = (file: string): string => fileURLToPath(new URL(`../relays/${file}`, import.meta.url));
const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Of all servers of a run, so that a restarted one knows its tokens and tickets. */
const SECRET = "c2VyZW5kaXAtYmVuY2gtbm90LWEtc2VjcmV0LWJ1dC1sb25nLWVub3VnaC1mb3ItaXQ=";

/**
 * Settings of the product for a load test. Everybody comes from an address of their own, as behind a proxy, so no limit had to be
 * raised; there are only more places than 10,000.
 */
const SETTINGS = {
  NODE_ENV: "production",
  HOST,
  ALLOWED_ORIGINS: ORIGIN,
  SESSION_SECRET: SECRET,
  TRUST_PROXY: "1",
  MAX_CONNECTIONS: "20000",
};

/** The product's own `start` script, so that what is measured is what is shipped. */
function startScript(product: string): readonly string[] {
  const folder = join(product, "signaling-server");
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { scripts } = manifest as { scripts?: { start?: string } };
  const [node, ...args] = (scripts?.start ?? "").split(" ");
  if (node !== "node") throw new Error(`The start script of ${folder} is not "node …".`);
  const main = args.at(-1) ?? "";
  if (!existsSync(join(folder, main))) throw new Error(`${folder} is not built: run "npm run build" first.`);
  return args;
}

export function commandOf(contestant: Contestant, port: number): Command {
  switch (contestant.kind) {
    case "serendip":
      return {
        args: startScript(contestant.product),
        cwd: join(contestant.product, "signaling-server"),
        env: { ...SETTINGS, PORT: String(port) },
      };
    case "socket.io": {
      const { pings } = contestant;
      const args = pings ? [String(pings.intervalMs), String(pings.timeoutMs)] : [];
      return {
        args: [relay("socket-io-relay.mjs"), String(port), ...args],
        cwd: HERE,
        env: { NODE_ENV: "production" },
      };
    }
    case "ws":
      return { args: [relay("ws-relay.mjs"), String(port)], cwd: HERE, env: { NODE_ENV: "production" } };
  }
}

/** Node's options for a server whose memory is looked at. */
export const PROBE_ARGS = ["--expose-gc", "--import", relay("memory-probe.mjs")] as const;
