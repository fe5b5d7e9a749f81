import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RunningCoturn, runCoturn } from "@serendip/tooling/coturn";
import { PATHS } from "../paths.ts";
import { prefixFor, runOn } from "./namespaces.ts";
import { PUBLIC_ADDRESS } from "./topology.ts";

/** The lab's STUN and TURN server: coturn with the sample configuration of `deploy/coturn`, TLS turned on. */
export interface Coturn {
  /** The environment of a signaling server that hands this server out, as an operator writes it. */
  readonly settings: { readonly stun: Record<string, string>; readonly turn: Record<string, string> };
  /** `denyItself`: with its own address refused as a peer, so that no two of its relays reach each other. */
  start(options?: { readonly denyItself?: boolean }): Promise<void>;
  /** SIGTERM: relays end. */
  stop(): Promise<void>;
  /** SIGKILL: relays end without a word. */
  kill(): Promise<void>;
}

const SECRET = "natlab-turn-secret-0123456789abcdef0123456789";
/** The first address after the public one, which is the first of its network. */
const BEHIND_PUBLIC = "198.18.0.2";
const PORT = { plain: 3478, tls: 443 } as const;

/** A certificate of the public address for a day, signed by itself; answers with its paths. */
function certificate(folder: string): { readonly cert: string; readonly key: string } {
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
      ...["-subj", `/CN=${PUBLIC_ADDRESS}`, "-addext", `subjectAltName=IP:${PUBLIC_ADDRESS}`],
      ...["-keyout", files.key, "-out", files.cert],
    ],
    { stdio: "pipe" },
  );
  return files;
}

/** Prepares coturn on the machine `pub`; its files go to `folder`. */
export function labCoturn(folder: string): Coturn {
  const { cert, key } = certificate(folder);
  const configuration = join(folder, "turnserver.conf");
  const sample = readFileSync(PATHS.coturn, "utf8");
  writeFileSync(configuration, sample.replace(/^no-tls$/m, `cert=${cert}\npkey=${key}`));
  let running: RunningCoturn | undefined;

  const end = async (signal: NodeJS.Signals) => {
    const ending = running;
    running = undefined;
    await ending?.stop(signal);
  };
  const listens = () =>
    [PORT.plain, PORT.tls].every((port) => runOn("pub", `ss -ltnH`).includes(`${PUBLIC_ADDRESS}:${port} `));

  return {
    settings: {
      stun: { STUN_URLS: `stun:${PUBLIC_ADDRESS}:${PORT.plain}` },
      turn: {
        TURN_URLS: [
          `turn:${PUBLIC_ADDRESS}:${PORT.plain}?transport=udp`,
          `turn:${PUBLIC_ADDRESS}:${PORT.plain}?transport=tcp`,
          `turns:${PUBLIC_ADDRESS}:${PORT.tls}?transport=tcp`,
        ].join(","),
        TURN_SECRET: SECRET,
        // The server tries what it hands out, and has to trust the certificate for that.
        NODE_EXTRA_CA_CERTS: cert,
      },
    },
    async start({ denyItself = false } = {}) {
      if (running !== undefined) throw new Error("coturn runs already");
      running = await runCoturn({
        prefix: prefixFor("pub"),
        args: [
          ...["-c", configuration, `--static-auth-secret=${SECRET}`],
          ...[`--listening-ip=${PUBLIC_ADDRESS}`, `--relay-ip=${PUBLIC_ADDRESS}`],
          `--tls-listening-port=${PORT.tls}`,
          // The lab's public network is one of the ranges for measurements (RFC 2544), which the sample refuses.
          `--allowed-peer-ip=${denyItself ? BEHIND_PUBLIC : "198.18.0.0"}-198.18.255.255`,
        ],
        isReady: listens,
      });
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}
