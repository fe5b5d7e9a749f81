import { resolve } from "node:path";
import { type EnvironmentNote, environmentNotes } from "@serendip/settings-file";
import { crossFaults } from "./config/cross-rules.ts";
import { rootFolder } from "./config/env-file.ts";
import { type ConfigFault, faultOf } from "./config/fault.ts";
import { type GatekeeperConfig, gatekeeperOf, idleGatekeeperSettings } from "./config/gatekeeper.ts";
import { type MetricsConfig, metricsOf } from "./config/metrics-settings.ts";
import type { Setting } from "./config/readers.ts";
import { riskyFaults, riskyNotes } from "./config/risky-environment.ts";
import { readSecretFiles } from "./config/secret-files.ts";
import { SETTINGS, type SettingName, type SettingValues } from "./config/settings.ts";
import { type TurnConfig, turnOf } from "./config/turn.ts";
import type { LimitScale } from "./domain/limits/quota.ts";
import { PEOPLE_OF_A_NETWORK } from "./domain/limits/table.ts";
import { DEFAULT_LOBBY_SETTINGS, type LobbySettings } from "./domain/lobby/settings.ts";
import type { ProxyTrust } from "./domain/network/proxy-trust.ts";

export type { ConfigFault } from "./config/fault.ts";
export { SERVER_SETTINGS } from "./config/settings.ts";

/** Everything an operator decides, checked. */
export interface ServerConfig {
  readonly mode: "development" | "test" | "production";
  readonly port: number;
  readonly host: string;
  /** Undefined where the server speaks plain HTTP. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly logLevel: SettingValues["LOG_LEVEL"];
  /** Where metrics are served; undefined: nowhere. */
  readonly metrics: MetricsConfig | undefined;
  readonly allowedOrigins: readonly string[];
  readonly proxyTrust: ProxyTrust;
  readonly capacity: {
    readonly connections: number;
    readonly connectionsPerNetwork: number;
    readonly sessionsPerDevice: number;
  };
  readonly identityScope: "tab" | "device";
  readonly adminToken: string | undefined;
  readonly gatekeeper: GatekeeperConfig;
  readonly stunUrls: readonly string[];
  /** Undefined where no TURN server is configured. */
  readonly turn: TurnConfig | undefined;
  readonly retryWindowMs: number;
  readonly drainMs: number;
  readonly ping: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly probeTimeoutMs: number;
  readonly tokens: {
    /** Undefined outside production: one is made once and kept in `dataDir`. */
    readonly secret: string | undefined;
    readonly previousSecret: string | undefined;
    readonly ttlMs: number;
    readonly leewayMs: number;
    readonly graceMs: number;
    readonly recallMs: number;
    readonly successionMs: number;
  };
  readonly tickets: { readonly ttlMs: number; readonly renewMs: number };
  readonly limitScale: LimitScale;
  readonly dataDir: string;
  readonly lobby: LobbySettings;
}

export type ConfigReading =
  /** `warnings`: sentences for the log about settings that are allowed and probably not meant. */
  | { readonly ok: true; readonly config: ServerConfig; readonly warnings: readonly string[] }
  /** `notes`: sentences about what may be the reason, such as a misspelt name. */
  | { readonly ok: false; readonly faults: readonly ConfigFault[]; readonly notes: readonly string[] };

export type Environment = Readonly<Record<string, string | undefined>>;

const DEVELOPMENT_ORIGINS = ["http://localhost:5173", "http://127.0.0.1:5173", "http://[::1]:5173"];

/**
 * Reads the configuration from environment variables, and the files that they name for secrets; an empty variable counts as
 * unset. All faults are found at once.
 *
 * @param known faults of the `.env` file that some of the variables come from; they are faults of the configuration, too
 */
export function loadConfig(given: Environment, known: readonly ConfigFault[] = []): ConfigReading {
  const secrets = readSecretFiles(given, rootFolder());
  const env: Environment = { ...given, ...secrets.values };
  const faults = [...known, ...secrets.faults];
  const concerned = new Set(faults.map(({ name }) => name));
  // The unread part of a file may set any variable.
  const isDoubtful = (name: SettingName) =>
    !env[name]?.trim() && [name, `${name}_FILE`, undefined].some((one) => concerned.has(one));
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting<unknown>][]) {
    const raw = env[name]?.trim() || (isDoubtful(name) ? undefined : setting.default);
    if (raw === undefined) continue;
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) values[name] = parsed.data;
    else
      for (const issue of parsed.error.issues)
        faults.push(
          faultOf(name, `${issue.message}${setting.secret ? "" : ` (it is "${raw.slice(0, 100)}")`}.`),
        );
  }
  // A value that could not be read is missing here; the rules about it wait until it can be.
  const readable = values as Partial<SettingValues>;
  const broken = new Set(faults.map(({ name }) => name));
  const isUnread = (name: SettingName) =>
    [name, `${name}_FILE`].some((one) => broken.has(one)) || isDoubtful(name);
  faults.push(...crossFaults(readable, isUnread));
  faults.push(...riskyFaults(env, readable.NODE_ENV));
  const notes = environmentNotes(env, "server");
  if (faults.length > 0) return { ok: false, faults, notes: reasonsAmong(notes, faults) };
  // Every required variable has a default, and all of them could be read.
  const config = assemble(readable as SettingValues);
  const idle = idleGatekeeperSettings(config.gatekeeper.kind, (name) => Boolean(env[name]?.trim()));
  const told = notes.map(({ sentence }) => sentence);
  return { ok: true, config, warnings: [...warningsOf(config), ...idle, ...riskyNotes(env), ...told] };
}

/** Of the notes those about settings that a fault names: another misspelt name is not what stops the server. */
function reasonsAmong(notes: readonly EnvironmentNote[], faults: readonly ConfigFault[]): readonly string[] {
  const named = new Set(
    faults.flatMap(({ name = "", sentence }) => [name, ...sentence.split(/[^A-Z0-9_]+/)]),
  );
  const isNamed = (name: string) => named.has(name) || named.has(name.replace(/_FILE$/, ""));
  return notes.filter(({ meant }) => isNamed(meant)).map(({ sentence }) => sentence);
}

/** Pages of these hosts get a camera without https (Secure Contexts, section 3.1). */
const TRUSTED_HTTP = /^http:\/\/(([^/:]+\.)?localhost|127\.[\d.]+|\[::1\])(:\d+)?$/;

/** Pages that only this machine opens, and those of apps, which are no host that others could reach. */
const LOCAL_PAGE = /^(?!https?:)|^https?:\/\/(([^/:]+\.)?localhost|127\.[\d.]+|\[::1\])(:\d+)?$/;

function* warningsOf({ mode, host, allowedOrigins }: ServerConfig): Generator<string> {
  const isPrivate = host === "localhost" || host === "::1" || host.startsWith("127.");
  for (const origin of allowedOrigins)
    if (mode === "production" && origin.startsWith("http://") && !TRUSTED_HTTP.test(origin))
      yield `ALLOWED_ORIGINS lists ${origin}, whose pages get no camera, because browsers give it only to https; serve them by https and list ${origin.replace("http:", "https:")}.`;
  const reached = isPrivate
    ? allowedOrigins.find((origin) => !LOCAL_PAGE.test(origin))
    : `HOST ${host}, which other machines can reach`;
  if (mode === "development" && reached !== undefined)
    yield `NODE_ENV is development, and the settings name ${reached}; set NODE_ENV=production for a server that others use.`;
}

function tlsOf({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }: SettingValues): ServerConfig["tls"] {
  if (certFile === undefined || keyFile === undefined) return undefined;
  return { certFile: resolve(rootFolder(), certFile), keyFile: resolve(rootFolder(), keyFile) };
}

function assemble(values: SettingValues): ServerConfig {
  const production = values.NODE_ENV === "production";
  const same = (ms: number) => ({ queuedMs: ms, inRoomMs: ms });
  return {
    mode: values.NODE_ENV,
    port: values.PORT,
    host: values.HOST,
    tls: tlsOf(values),
    logLevel: values.LOG_LEVEL,
    metrics: metricsOf(values),
    allowedOrigins: values.ALLOWED_ORIGINS ?? DEVELOPMENT_ORIGINS,
    proxyTrust: values.TRUST_PROXY ?? { kind: "unset" },
    capacity: {
      connections: values.MAX_CONNECTIONS,
      connectionsPerNetwork: values.MAX_CONNECTIONS_PER_NETWORK,
      sessionsPerDevice: values.MAX_SESSIONS_PER_DEVICE,
    },
    identityScope: values.IDENTITY_SCOPE,
    adminToken: values.ADMIN_TOKEN,
    gatekeeper: gatekeeperOf(values),
    stunUrls: values.STUN_URLS ?? [],
    turn: turnOf(values),
    retryWindowMs: values.RETRY_WINDOW_MS,
    drainMs: values.DRAIN_MS,
    ping: { intervalMs: values.PING_INTERVAL_MS, timeoutMs: values.PING_TIMEOUT_MS },
    probeTimeoutMs: values.PROBE_TIMEOUT_MS,
    tokens: {
      secret: values.SESSION_SECRET,
      previousSecret: values.SESSION_SECRET_PREVIOUS,
      ttlMs: values.TOKEN_TTL_MS,
      leewayMs: values.TOKEN_LEEWAY_MS,
      graceMs: values.TOKEN_GRACE_MS,
      recallMs: values.TOKEN_RECALL_MS,
      successionMs: values.TOKEN_SUCCESSION_MS,
    },
    tickets: { ttlMs: values.TICKET_TTL_MS, renewMs: values.TICKET_RENEW_MS },
    limitScale: {
      all: values.LIMITS_PERCENT / 100,
      networks: values.LIMITS_NETWORK_PEOPLE / PEOPLE_OF_A_NETWORK,
    },
    dataDir: resolve(rootFolder(), values.DATA_DIR),
    lobby: {
      ...DEFAULT_LOBBY_SETTINGS,
      graces: {
        unload: same(values.GRACE_UNLOAD_MS),
        dropped: { queuedMs: values.GRACE_DROPPED_QUEUED_MS, inRoomMs: values.GRACE_DROPPED_ROOM_MS },
        silent: {
          queuedMs: values.GRACE_SILENT_QUEUED_MS,
          inRoomMs: values.GRACE_SILENT_ROOM_MS,
          cutInRoomMs: values.GRACE_CUT_ROOM_MS,
        },
        protocol: { queuedMs: 0, inRoomMs: values.GRACE_PROTOCOL_ROOM_MS },
        drain: same(values.GRACE_DRAIN_MS),
      },
      holdMs: values.GRACE_HOLD_ROOM_MS,
      readyMs: values.READY_TIMEOUT_MS,
      readyWithMediaMs: values.READY_WITH_MEDIA_MS,
      standing: { ...DEFAULT_LOBBY_SETTINGS.standing, keepMs: values.KEEP_FROM_LOW_MS },
      rematchMs: values.REMATCH_MS,
      rematchLiftMs: values.REMATCH_LIFT_MS,
      rematchLiftWhenTwoMs: values.REMATCH_LIFT_TWO_MS,
      matchSameDevice: values.MATCH_SAME_DEVICE ?? !production,
      awayDebounceMs: values.AWAY_DEBOUNCE_MS,
      reviveMs: values.REVIVE_MS,
      // A ticket is still taken after its end, for as long as the clocks of servers may differ.
      endedRoomMs: values.TICKET_TTL_MS + values.TOKEN_LEEWAY_MS,
      sweepMs: values.SWEEP_INTERVAL_MS,
      staleMs: values.STALE_AFTER_MS,
    },
  };
}
