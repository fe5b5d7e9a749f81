import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { LIMITS } from "@serendip/protocol";
import { type Allowance, steadyClock, systemClock } from "@serendip/time";
import type { ServerConfig } from "./config.ts";
import { scaled } from "./domain/limits/quota.ts";
import { DOOR_LIMITS, EVENT_LIMITS } from "./domain/limits/table.ts";
import { DEFAULT_DOOR_RULES, type DoorRules, scaledDoorRules } from "./domain/network/door.ts";
import { deviceKeysWith } from "./edge/device-key.ts";
import { createEngine, type EngineLimits } from "./edge/engine/engine.ts";
import { BACKLOG } from "./edge/http/backlog.ts";
import { createDoorkeeper } from "./edge/http/doorkeeper.ts";
import { type FrontDoor, openFrontDoor } from "./edge/http/front-door.ts";
import { listenFailure } from "./edge/http/listen-failure.ts";
import { memoryDoorMeter } from "./edge/http/memory-door-meter.ts";
import { createNetworks } from "./edge/http/networks.ts";
import { createHttpServer } from "./edge/http/routes.ts";
import { getStats, type ServerStats } from "./edge/http/stats.ts";
import { checkWith } from "./edge/identity.ts";
import { lenientLimiter } from "./edge/limits/lenient-limiter.ts";
import { memoryLimiter } from "./edge/limits/memory-limiter.ts";
import { type LogCounts, openLog } from "./edge/log/open-log.ts";
import { hashUsers } from "./edge/log/user-hash.ts";
import { countLimited, countMints, countTokens, createEdgeCounts } from "./edge/metrics/edge-counts.ts";
import type { MetricsServer } from "./edge/metrics/metrics-server.ts";
import { createNewcomerQueue } from "./edge/newcomer-queue.ts";
import { randomIds } from "./edge/random-ids.ts";
import { keptSecret } from "./edge/secret-file.ts";
import { keyRing } from "./edge/signing/jws.ts";
import { hmacTickets } from "./edge/signing/tickets.ts";
import { createAdmission } from "./edge/socket/admission.ts";
import { createSocketCourier } from "./edge/socket/courier.ts";
import { openSocketGateway, type SocketGateway } from "./edge/socket/gateway.ts";
import { readTlsFiles, TlsFilesFailed } from "./edge/tls/tls-files.ts";
import { followTlsFiles } from "./edge/tls/tls-renewal.ts";
import { systemResolver } from "./edge/turn/name-resolver.ts";
import { createIce } from "./ice-setup.ts";
import { createIdentities } from "./identity-setup.ts";
import { createLobbyService } from "./lobby-setup.ts";
import { openMetrics } from "./metrics-setup.ts";
import type { TokenVerifier } from "./ports/identity.ts";
import type { Log } from "./ports.ts";
import { memoryEventMeter } from "./service/limits/memory-event-meter.ts";
import { memoryLobbyStore } from "./store/memory-lobby-store.ts";

/** How long a stopping server waits for pages to take its bye. */
const FAREWELL_MS = 1_000;

export { AddressUnusable, PortTaken } from "./edge/http/listen-failure.ts";

export interface RunningServer {
  /** Where it listens, for example `http://127.0.0.1:3001`. */
  readonly url: string;
  readonly port: number;
  /** Where its metrics are, for example `http://127.0.0.1:9464/metrics`; undefined: nowhere, or not yet. */
  metricsUrl(): string | undefined;
  getStats(): Promise<ServerStats>;
  /** Takes nobody new any more and lets its people move, for `DRAIN_MS` at most; `stop` comes next. */
  drain(): Promise<void>;
  /** Says bye to everybody, closes everything and resolves when nothing is left open. Calling it again waits for the same end. */
  stop(): Promise<void>;
}

/**
 * Starts a signaling server.
 *
 * @throws PortTaken, AddressUnusable, SecretFileFailed, TlsFilesFailed
 */
export async function startServer(
  config: ServerConfig,
  {
    log: given,
    logCounts,
    limits,
    doorRules = scaledDoorRules(DEFAULT_DOOR_RULES, config.limitScale),
    verifier,
  }: {
    readonly log?: Log;
    /** Numbers of log lines that were written and that were dropped, for the operator's page. */
    readonly logCounts?: () => LogCounts;
    /** Limits of each connection; those of SPEC unless given. */
    readonly limits?: EngineLimits & { readonly signalBytes: Allowance };
    /** What each network may ask for before it is known who asks; those of SPEC N4, scaled as other limits, unless given. */
    readonly doorRules?: DoorRules;
    /** Tells whose a token is where an identity provider makes them; this server's own are read unless given (SPEC S2). */
    readonly verifier?: TokenVerifier;
  } = {},
): Promise<RunningServer> {
  // A place in the queue must not end, or last, because somebody sets the system's clock.
  const clock = steadyClock();
  const calendar = systemClock();
  const ids = randomIds();
  const random = Math.random;
  const { allowedOrigins, tokens: tokenTimes, tickets: ticketTimes } = config;
  const { log: plain, close: closeLog } = given
    ? { log: given, close: async () => undefined }
    : openLog(config.logLevel);
  const tls = config.tls && (await readTlsFiles(config.tls));
  if (tls?.ok === false) throw new TlsFilesFailed(tls.sentence);
  const secret = tokenTimes.secret ?? (await keptSecret(config.dataDir, plain));
  const log = hashUsers(plain, { secret, calendar });
  const ice = createIce(config, {
    clock,
    calendar,
    resolver: systemResolver,
    log,
    onVerdict: () => calls.review(),
  });

  const settings = {
    secret,
    previousSecret: tokenTimes.previousSecret,
    leewayMs: tokenTimes.leewayMs,
    ticketTtlMs: ticketTimes.ttlMs,
  };
  const signer = hmacTickets({ settings, calendar });
  const [{ key }] = keyRing(settings, "network");
  const networks = createNetworks({ trust: config.proxyTrust, key, log });
  const admission = createAdmission({ capacity: config.capacity, random, log });
  const doorkeeper = createDoorkeeper({
    networks,
    meter: memoryDoorMeter(clock, doorRules),
    clock,
    random,
    log,
    mostConnections: config.capacity.connectionsPerNetwork,
  });
  const [{ key: deviceKey }] = keyRing(settings, "device");
  const instanceId = randomBytes(9).toString("base64url");

  const store = memoryLobbyStore({ clock, settings: config.lobby, instanceId });
  const meter = memoryEventMeter(clock, scaled(EVENT_LIMITS, config.limitScale));
  const doorLimits = scaled(DOOR_LIMITS, config.limitScale);
  const edgeCounts = createEdgeCounts();
  const memory = memoryLimiter(() => clock.now(), doorLimits);
  const limiter = countLimited(lenientLimiter(memory, log), edgeCounts);
  const identities = createIdentities(config, {
    secret,
    clock,
    calendar,
    ids,
    limiter,
    log,
    refuseNewcomer: admission.refuseNewcomer,
  });
  const courier = createSocketCourier({ log, clock, probeTimeoutMs: config.probeTimeoutMs });
  const service = createLobbyService({
    store,
    courier,
    ice: ice.grants,
    signer,
    ids,
    clock,
    random,
    log,
    signalBytes: (limits ?? LIMITS).signalBytes,
    flood: config.lobby.flood,
    retryWindowMs: config.retryWindowMs,
    ticketRenewMs: ticketTimes.renewMs,
    turnVerdicts: () => ice.monitor.statuses().map(({ verdict }) => verdict?.state),
    elapsedMs: () => performance.now(),
  });
  const { lobby, calls } = service;

  let draining = false;
  let stopping: Promise<void> | undefined;
  const sockets = () => courier.count();
  const engine = createEngine({
    clock,
    allowedOrigins,
    pingIntervalMs: config.ping.intervalMs,
    pingTimeoutMs: config.ping.timeoutMs,
    limits,
  });
  const newcomers = createNewcomerQueue(clock);
  let door: FrontDoor | undefined;
  let gateway: SocketGateway | undefined;
  const connections = () => door?.connections.count() ?? 0;
  const isDraining = () => draining || stopping !== undefined;
  const onOriginRefused = () => edgeCounts.originsRefused.add("refused");
  const entrance = { clock, log, allowedOrigins, networks, onOriginRefused };
  const http = await createHttpServer({
    ...entrance,
    lobby,
    calls,
    mint: countMints(identities.mint, edgeCounts),
    revocations: identities.revocations,
    isFull: admission.isFull,
    adminToken: config.adminToken,
    draining: isDraining,
    sockets,
    socketList: (limit) => gateway?.sockets(limit) ?? [],
    connections,
    logCounts,
    openServer(onRequest) {
      door = openFrontDoor({ ...entrance, engine, newcomers, doorkeeper, tls: tls?.identity }, onRequest);
      return door.server;
    },
    ice: ice.grants,
    turn: () => ice.monitor.statuses(),
  });
  await http.ready();
  gateway = openSocketGateway({
    engine,
    newcomers,
    lobby,
    calls,
    ice: ice.grants,
    courier,
    checkToken: countTokens(
      checkWith({
        verifier: verifier ?? identities.verifier,
        revocations: identities.revocations,
        clock,
        random,
        log,
      }),
      edgeCounts,
    ),
    counts: edgeCounts,
    revocations: identities.revocations,
    networks,
    admission,
    deviceKeyOf: deviceKeysWith(deviceKey),
    meter,
    limiter,
    clock,
    log,
    settings: { tokenGraceMs: tokenTimes.graceMs },
  });

  let forgetTlsFiles = () => {};
  let metrics: MetricsServer | undefined;

  const stop = async () => {
    forgetTlsFiles();
    await Promise.all([gateway?.close(), door?.connections.ended(FAREWELL_MS)]);
    await http.close();
    // Last, so that the end of the server can be seen there as well.
    await Promise.all([service.stop(), ice.monitor.stop(), metrics?.close()]);
    log.info("Stopped");
    await closeLog();
  };

  try {
    await http.listen({ port: config.port, host: config.host, backlog: BACKLOG });
  } catch (error) {
    await stop();
    throw listenFailure(error, config);
  }
  ice.monitor.start();
  metrics = await openMetrics(config.metrics, {
    service,
    ice,
    edge: edgeCounts,
    sockets,
    connections,
    logCounts,
    draining: isDraining,
    isFull: admission.isFull,
    clock,
    log,
  });
  const { tls: files } = config;
  if (tls && files)
    forgetTlsFiles = followTlsFiles(tls.identity, {
      read: (known) => readTlsFiles(files, known),
      clock,
      calendar,
      log,
      onRenewed: (identity) => door?.renew(identity),
    });
  const { port } = http.server.address() as AddressInfo;
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  return {
    url: `${tls ? "https" : "http"}://${host}:${port}`,
    port,
    metricsUrl: () => metrics?.url(),
    getStats: () => getStats({ lobby, calls, sockets, connections, logCounts, ice: ice.grants }),
    async drain() {
      draining = true;
      await gateway?.drain(config.drainMs);
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
