import { GATEKEEPER_SETTINGS } from "./gatekeeper.ts";
import { LIMIT_SETTINGS } from "./limit-settings.ts";
import { METRICS_SETTINGS } from "./metrics-settings.ts";
import { NETWORK_SETTINGS } from "./network-settings.ts";
import {
  duration,
  flag,
  host,
  oneOf,
  origins,
  path,
  type Setting,
  stunUrls,
  text,
  turnUrls,
  whole,
  word,
} from "./readers.ts";
import { inFile } from "./secret-files.ts";
import { TIME_SETTINGS } from "./time-settings.ts";
import { TLS_SETTINGS } from "./tls-settings.ts";

const HOUR = 3_600_000;

const setting = <Value>(given: Setting<Value>): Setting<Value> => given;

/** Every environment variable of the signaling server, in the order in which an operator meets them. */
export const SETTINGS = {
  NODE_ENV: setting({
    description:
      "What the server is for: development, test or production. In production it refuses settings that are only good for trying things out.",
    default: "development",
    schema: oneOf("development", "test", "production"),
  }),
  PORT: setting({
    description: "TCP port that the signaling server listens on; 0 takes any free one.",
    default: "3001",
    schema: whole(0, 65_535),
  }),
  HOST: setting({
    description:
      "Address of this machine that the signaling server listens on; 0.0.0.0 or :: for all of them.",
    default: "127.0.0.1",
    schema: host,
  }),
  ...TLS_SETTINGS,
  LOG_LEVEL: setting({
    description:
      "Least important kind of log lines that are written: fatal, error, warn, info, debug, trace, or silent for none.",
    default: "info",
    schema: oneOf("fatal", "error", "warn", "info", "debug", "trace", "silent"),
  }),
  ALLOWED_ORIGINS: setting({
    description:
      "Origins of the pages that may connect, comma-separated, letter by letter as browsers send them: scheme, host, and a port that is not the scheme's usual one, like https://chat.example.org. The page of an app has an origin too: capacitor://localhost, https://localhost, tauri://localhost, app://. and the like. Required in production; otherwise port 5173 of this machine.",
    default: undefined,
    // The fault names the one bad origin instead, without a password that may stand in it.
    secret: true,
    schema: origins,
  }),
  SESSION_SECRET: setting({
    description:
      "Secret that signs tokens and tickets; at least 32 random bytes, the same on every server. Required in production; otherwise the server makes one and keeps it in DATA_DIR.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  SESSION_SECRET_FILE: inFile("SESSION_SECRET"),
  SESSION_SECRET_PREVIOUS: setting({
    description:
      "SESSION_SECRET as it was before its last change, so that tokens which were signed with it stay good.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  SESSION_SECRET_PREVIOUS_FILE: inFile("SESSION_SECRET_PREVIOUS"),
  DATA_DIR: setting({
    description:
      "Private folder for the secret that the server makes outside production, as an absolute path, or as one that begins in the folder of .env.",
    default: "./.serendip",
    schema: path,
  }),
  ADMIN_TOKEN: setting({
    description:
      "Bearer token for the operator's addresses, /debug/… and /admin/…, at least 32 random bytes in production; without an ADMIN_TOKEN they do not exist.",
    default: undefined,
    secret: true,
    schema: word,
  }),
  ADMIN_TOKEN_FILE: inFile("ADMIN_TOKEN"),
  ...METRICS_SETTINGS,
  ...NETWORK_SETTINGS,
  IDENTITY_SCOPE: setting({
    description:
      "Who counts as one person: with tab each browser tab, with device all tabs of a browser profile together, of which the newest wins.",
    default: "tab",
    schema: oneOf("tab", "device"),
  }),
  MATCH_SAME_DEVICE: setting({
    description:
      "Whether two tabs of one browser may meet: true or false. Unset: true outside production, false in production.",
    default: undefined,
    schema: flag,
  }),
  STUN_URLS: setting({
    description:
      "STUN servers for the pages, comma-separated, like stun:stun.example.org:3478; without a STUN server people behind different routers may not connect.",
    default: undefined,
    // The fault names the one bad address instead, without a password that may stand in it.
    secret: true,
    schema: stunUrls,
  }),
  TURN_URLS: setting({
    description:
      "TURN servers for the pages, comma-separated, each with its transport, like turn:turn.example.org:3478?transport=udp; without a TURN server some pairs of networks cannot connect, and nobody can hide an address. Needs TURN_SECRET, or TURN_USERNAME and TURN_CREDENTIAL.",
    default: undefined,
    secret: true,
    schema: turnUrls,
  }),
  TURN_SECRET: setting({
    description:
      "Secret that the TURN servers and the signaling server share (static-auth-secret of coturn): everybody in a call gets a TURN account, which ends after TURN_TTL_MS. At least 32 random bytes in production.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  TURN_SECRET_FILE: inFile("TURN_SECRET"),
  TURN_TTL_MS: duration(
    "Life of a TURN account that is made with TURN_SECRET; production needs at least 300000.",
    600_000,
    { min: 10_000, max: 24 * HOUR },
  ),
  TURN_USERNAME: setting({
    description:
      "Username for TURN_URLS where a provider gives one account for everybody instead of a secret; needs TURN_CREDENTIAL.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  TURN_CREDENTIAL: setting({
    description: "Password that belongs to TURN_USERNAME.",
    default: undefined,
    secret: true,
    schema: text,
  }),
  TURN_CREDENTIAL_FILE: inFile("TURN_CREDENTIAL"),
  TURN_CHECK_MS: duration(
    "Time from one check of a TURN server to the next; a server that fails is given to nobody until it works again.",
    6_000,
    { min: 500, max: HOUR },
  ),
  ...LIMIT_SETTINGS,
  ...GATEKEEPER_SETTINGS,
  ...TIME_SETTINGS,
} as const;

export type SettingName = keyof typeof SETTINGS;

/** Names of the settings that have a default. */
type Required =
  | "NODE_ENV"
  | "PORT"
  | "HOST"
  | "LOG_LEVEL"
  | "DATA_DIR"
  | "METRICS_HOST"
  | "IDENTITY_SCOPE"
  | keyof typeof LIMIT_SETTINGS
  | "GATEKEEPER"
  | "PROOF_OF_WORK_BITS"
  | "CHALLENGE_WHEN_DOWN"
  | Extract<SettingName, `${string}_MS` | `MAX_${string}`>;
type ValueOf<Key extends SettingName> = (typeof SETTINGS)[Key] extends Setting<infer Value> ? Value : never;

/** The values of the variables; undefined where one is unset. */
export type SettingValues = { readonly [Key in Required]: ValueOf<Key> } & {
  readonly [Key in Exclude<SettingName, Required>]: ValueOf<Key> | undefined;
};

/** Name, description and default of each setting, for `.env.example` and the list of known names. */
export const SERVER_SETTINGS: readonly {
  readonly name: string;
  readonly description: string;
  readonly default: string | undefined;
}[] = Object.entries(SETTINGS).map(([name, { description, default: value }]) => ({
  name,
  description,
  default: value,
}));
