import { byeOf, type Challenge, errorBody } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type ChecksOptions, createChecks } from "../../src/check/checks.browser.ts";
import { IdentityFailure } from "../../src/signaling/token-source.port.ts";
import {
  fakeGatherer,
  fakeMedia,
  fakeReadiness,
  fakeTokens,
  MEDIA_DENIED,
  NO_CAMERA,
  SOCKET_ACCEPTS,
  SOCKET_REFUSES,
  SOCKET_UNREACHABLE,
  scriptedServer,
  WAY_REFUSED,
} from "../../src/testing/index.ts";

const account = { username: "u", credential: "c" };
const ALL = [
  { urls: ["stun:s.test:3478"] },
  { urls: ["turn:t.test:3478", "turn:t.test:3478?transport=tcp", "turns:t.test:443"], ...account },
];

function bench(options: Partial<ChecksOptions> = {}) {
  const doubles = {
    media: fakeMedia(),
    readiness: fakeReadiness(),
    tokens: fakeTokens(),
    socket: scriptedServer(manualClock()),
    gatherer: fakeGatherer(),
  };
  const checks = createChecks({ signalingUrl: "http://signal.test", tools: doubles, ...options });
  const seen: string[] = [];
  checks.subscribe(() => {
    const running = checks.getSnapshot().rows.filter(({ state }) => state === "running");
    const names = running.map(({ name }) => name).join("+");
    if (names && seen.at(-1) !== names) seen.push(names);
  });
  return {
    ...doubles,
    checks,
    seen,
    async run() {
      checks.run();
      await vi.waitUntil(() => !checks.getSnapshot().running);
      return Object.fromEntries(
        checks.getSnapshot().rows.map(({ name, state, why }) => [name, why ? `${state} ${why}` : state]),
      );
    },
  };
}

describe("the checks of a connection", () => {
  it("ask for nothing before they are run", () => {
    const { checks, media, socket } = bench();
    expect(new Set(checks.getSnapshot().rows.map(({ state }) => state))).toEqual(new Set(["waiting"]));
    expect(media.wishes).toEqual([]);
    expect(socket.sockets).toEqual([]);
  });

  it("[C54] [C56] run one by one, with the servers that the service grants, and leave nothing open", async () => {
    const { run, socket, seen, checks, media } = bench();
    socket.grant = { iceServers: ALL };
    expect(await run()).toEqual({
      camera: "ok",
      microphone: "ok",
      signaling: "ok",
      udp: "ok",
      "turn-udp": "ok",
      "turn-tcp": "ok",
      "turn-tls": "ok",
    });
    expect(seen).toEqual([
      "camera",
      "camera+microphone",
      "microphone",
      "signaling",
      "udp",
      "turn-udp",
      "turn-tcp",
      "turn-tls",
    ]);
    for (const { tookMs } of checks.getSnapshot().rows) expect(tookMs).toBeGreaterThanOrEqual(0);
    expect(socket.openSockets()).toBe(0);
    expect(socket.sockets[0]?.hello.resume).toBeUndefined();
    expect(checks.getSnapshot().stream).toBeDefined();
    checks.release();
    expect(media.liveTracks()).toBe(0);
  });

  it("what is not configured has not failed", async () => {
    const found = await bench().run();
    expect(found).toMatchObject({
      udp: "not-configured",
      "turn-udp": "not-configured",
      "turn-tls": "not-configured",
    });
  });

  it("[C55] a denied camera is told from a missing one, and neither stops the other checks", async () => {
    const denied = bench();
    denied.media.behaviour = MEDIA_DENIED;
    expect(await denied.run()).toMatchObject({ camera: "failed media-denied", signaling: "ok" });
    const missing = bench();
    missing.media.behaviour = NO_CAMERA;
    expect(await missing.run()).toMatchObject({ camera: "failed media-not-found", microphone: "ok" });
  });

  it("a service that is away, that takes nobody, and whose socket is blocked are three things", async () => {
    const away = bench();
    away.readiness.answer = "silent";
    expect(await away.run()).toMatchObject({
      signaling: "failed signaling-unreachable",
      "turn-udp": "unknown signaling-unreachable",
    });
    const full = bench();
    full.readiness.answer = "refused";
    expect(await full.run()).toMatchObject({ signaling: "failed signaling-not-ready" });
    const blocked = bench({ iceServers: ALL });
    blocked.socket.behaviour = SOCKET_UNREACHABLE;
    expect(await blocked.run()).toMatchObject({
      signaling: "failed socket-blocked",
      udp: "ok",
      "turn-tls": "ok",
    });
  });

  it("[W19] the service is met both ways, one after the other as one person, and one is enough", async () => {
    const open = bench();
    await open.run();
    const waysOf = ({ checks }: ReturnType<typeof bench>) =>
      checks.getSnapshot().rows.find(({ name }) => name === "signaling")?.ways;
    expect(waysOf(open)).toEqual(["websocket", "polling"]);
    expect(open.socket.sockets.map(({ hello }) => hello.token)).toEqual(["token-1", "token-1"]);
    expect(open.socket.mostOpen()).toBe(1);
    // Nor is anybody new in the next run.
    await open.run();
    expect(open.tokens.asked).toEqual([undefined, "token-1"]);

    for (const [way, other] of [
      ["websocket", "polling"],
      ["polling", "websocket"],
    ] as const) {
      const half = bench({ iceServers: ALL });
      half.socket.ways[way] = WAY_REFUSED;
      expect(await half.run()).toMatchObject({ signaling: "ok", udp: "ok" });
      expect(waysOf(half)).toEqual([other]);
      expect(half.socket.openSockets()).toBe(0);
    }
    const blocked = bench();
    blocked.socket.ways.websocket = WAY_REFUSED;
    blocked.socket.ways.polling = WAY_REFUSED;
    expect(await blocked.run()).toMatchObject({ signaling: "failed socket-blocked" });
  });

  const failure = (...args: ConstructorParameters<typeof IdentityFailure>) => new IdentityFailure(...args);
  it.each([
    [
      failure("unreachable", "429", { why: "too-fast", retryAfterMs: 4_200 }),
      "unknown requests-limited",
      4_200,
    ],
    [failure("unreachable", "503", { why: "full", retryAfterMs: 9_000 }), "unknown server-full", 9_000],
    [failure("unreachable", "500"), "failed signaling-not-ready", undefined],
    [failure("refused", "400"), "failed identity-refused", undefined],
    [failure("revoked", "403"), "failed access-revoked", undefined],
    [failure("challenge-missing", "401"), "unknown challenge-missing", undefined],
    [failure("challenge-failed", "401"), "unknown challenge-failed", undefined],
  ])(
    "[K25] a token that is not given (%s) says nothing of the network: %s",
    async (why, signaling, waitMs) => {
      const { run, tokens, socket, checks, gatherer } = bench();
      socket.grant = { iceServers: ALL };
      tokens.behaviour = why;
      const cause = signaling.split(" ")[1];
      expect(await run()).toMatchObject({
        signaling,
        udp: `unknown ${cause}`,
        "turn-udp": `unknown ${cause}`,
      });
      expect(checks.getSnapshot().rows.find(({ name }) => name === "signaling")?.retryAfterMs).toBe(waitMs);
      expect(tokens.asked).toHaveLength(1);
      expect(socket.dialled).toEqual([]);
      expect(gatherer.asked).toEqual([]);
      // The next run starts from nothing.
      tokens.behaviour = "fresh";
      expect(await run()).toMatchObject({ signaling: "ok", "turn-tls": "ok" });
    },
  );

  it.each([
    ["rate_limited", "unknown requests-limited", 1],
    ["server_full", "unknown server-full", 1],
    ["challenge_required", "unknown challenge-failed", 2],
    ["revoked", "failed access-revoked", 1],
    ["token_invalid", "failed identity-refused", 2],
    ["version_unsupported", "failed version-mismatch", 1],
    ["bad_request", "failed protocol-fault", 1],
    ["internal", "failed signaling-not-ready", 1],
    ["server_outdated", "failed signaling-not-ready", 1],
  ] as const)(
    "[K25] a hello that is refused as %s says nothing of the network: %s",
    async (code, signaling, hellos) => {
      const { run, socket, tokens, checks } = bench();
      socket.behaviour = { type: "refuses", error: errorBody(code, undefined, 4_200) };
      expect(await run()).toMatchObject({ signaling, "turn-udp": `unknown ${signaling.split(" ")[1]}` });
      const { retryAfterMs } = checks.getSnapshot().rows.find(({ name }) => name === "signaling") ?? {};
      expect(retryAfterMs).toBe(
        signaling.endsWith("limited") || signaling.endsWith("full") ? 4_200 : undefined,
      );
      // Nobody who was refused comes again by the other way; a token that no longer counts is replaced once.
      expect(socket.dialled).toHaveLength(hellos);
      expect(tokens.asked).toEqual(Array.from({ length: hellos }, () => undefined));
      expect(socket.openSockets()).toBe(0);
    },
  );

  it("[B11] a bye in place of the welcome is read as well", async () => {
    const { run, socket, checks } = bench();
    socket.behaviour = { type: "dismisses", bye: byeOf("rate_limited", { delayMs: 30_000 }) };
    expect(await run()).toMatchObject({ signaling: "unknown requests-limited" });
    expect(checks.getSnapshot().rows.find(({ name }) => name === "signaling")?.retryAfterMs).toBe(30_000);
    socket.behaviour = { type: "dismisses", bye: byeOf("draining", { delayMs: 500 }) };
    expect(await run()).toMatchObject({ signaling: "failed signaling-not-ready" });
  });

  it("[N4] lines that are turned away at the door are no blocked ones, and speak against neither way", async () => {
    const { run, socket, readiness, checks } = bench();
    let asked = 0;
    readiness.ask = async () => {
      asked += 1;
      return asked % 2 === 1 ? { state: "ready" } : { state: "limited", retryAfterMs: 2_000 };
    };
    socket.ways.websocket = WAY_REFUSED;
    expect(await run()).toMatchObject({ signaling: "ok" });
    expect(checks.getSnapshot().rows.find(({ name }) => name === "signaling")?.ways).toBeUndefined();
    socket.ways.polling = WAY_REFUSED;
    expect(await run()).toMatchObject({ signaling: "unknown requests-limited" });
    const limited = bench();
    limited.readiness.answer = "limited";
    expect(await limited.run()).toMatchObject({ signaling: "unknown requests-limited" });
    expect(limited.tokens.asked).toEqual([]);
    const crowded = bench();
    crowded.readiness.answer = "full";
    expect(await crowded.run()).toMatchObject({ signaling: "unknown server-full" });
  });

  it("[W19] a way whose hello is limited after the other one was let in is open all the same", async () => {
    const { run, socket, checks } = bench();
    const { open } = socket;
    socket.open = (way, handlers) => {
      socket.behaviour = way === "polling" ? SOCKET_REFUSES("rate_limited") : SOCKET_ACCEPTS;
      return open(way, handlers);
    };
    expect(await run()).toMatchObject({ signaling: "ok" });
    const ways = checks.getSnapshot().rows.find(({ name }) => name === "signaling")?.ways;
    expect(ways).toEqual(["websocket", "polling"]);
  });

  it("[B14] proof of work is solved, once for all ways; another check is put by the page that has it", async () => {
    const { tokens: _, ...doubles } = bench();
    const posed: string[] = [];
    vi.stubGlobal("fetch", async (_url: string, { body }: { readonly body: string }) => {
      const { answer } = JSON.parse(body);
      posed.push(answer?.kind ?? "nothing");
      if (answer) return Response.json({ token: "t1", expiresInMs: 300_000 });
      return Response.json({ ...errorBody("challenge_required"), challenge }, { status: 401 });
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    let challenge: Challenge = { kind: "proof-of-work", nonce: "n", bits: 5 };
    const { media, readiness, socket, gatherer } = doubles;
    const tools = { media, readiness, socket, gatherer };
    const run = async (options: Partial<ChecksOptions> = {}) => {
      const checks = createChecks({ signalingUrl: "http://signal.test", tools, ...options });
      checks.run();
      await vi.waitUntil(() => !checks.getSnapshot().running);
      return checks.getSnapshot().rows.find(({ name }) => name === "signaling");
    };
    expect(await run()).toMatchObject({ state: "ok" });
    expect(posed).toEqual(["nothing", "proof-of-work"]);
    challenge = { kind: "token", provider: "turnstile", siteKey: "k" };
    expect(await run()).toMatchObject({ state: "unknown", why: "challenge-missing" });
    expect(await run({ solveChallenge: async () => "passed" })).toMatchObject({ state: "ok" });
    expect(posed.slice(-2)).toEqual(["nothing", "token"]);
  });

  it("[C50] [C56] refused credentials, an unreachable server, blocked UDP and half an account are told apart", async () => {
    const { run, socket, gatherer } = bench();
    socket.grant = { iceServers: [...ALL, { urls: ["turns:half.test"], username: "u" }] };
    gatherer.outcomes = (url) => {
      if (url.startsWith("stun:")) return "silent";
      return url.endsWith("tcp") ? "unreachable" : "unauthorized";
    };
    expect(await run()).toMatchObject({
      udp: "failed stun-unreachable",
      "turn-udp": "failed turn-unauthorized",
      "turn-tcp": "failed turn-unreachable",
      "turn-tls": "failed turn-unauthorized",
    });
    expect(gatherer.asked.filter(([url]) => url?.startsWith("stun:"))).toHaveLength(2);
    const half = bench();
    half.socket.grant = { iceServers: [{ urls: ["turn:half.test"], username: "u" }] };
    expect(await half.run()).toMatchObject({ "turn-udp": "failed ice-misconfigured" });
    const withheld = bench();
    withheld.socket.grant = { iceServers: [], withheld: ["turn:down.test", "turns:down.test"] };
    expect(await withheld.run()).toMatchObject({
      "turn-udp": "failed turn-withheld",
      "turn-tcp": "not-configured",
      "turn-tls": "failed turn-withheld",
    });
  });

  it("[K25] too many tests from one network are no fault: nothing was tested, and it is said when it may be", async () => {
    const { run, checks, socket, gatherer } = bench();
    socket.iceServers = ALL.filter(({ urls }) => urls.some((url) => url.startsWith("stun:")));
    socket.grant = { iceServers: ALL };
    socket.answer("ice-servers", errorBody("rate_limited", undefined, 7_400));
    expect(await run()).toMatchObject({
      signaling: "ok",
      udp: "ok",
      "turn-udp": "unknown checks-limited",
      "turn-tcp": "unknown checks-limited",
      "turn-tls": "unknown checks-limited",
    });
    expect(checks.getSnapshot().rows.find(({ name }) => name === "turn-udp")?.retryAfterMs).toBe(7_400);
    expect(gatherer.asked.flat().some((url) => url.startsWith("turn"))).toBe(false);
    const without = bench();
    without.socket.grant = { iceServers: [] };
    without.socket.answer("ice-servers", errorBody("rate_limited", undefined, 7_400));
    expect(await without.run()).toMatchObject({ "turn-udp": "not-configured" });
  });

  it("[K27] a TURN server that has no relay at the moment is busy, and is not asked twice", async () => {
    const { run, socket, gatherer } = bench();
    socket.grant = { iceServers: ALL };
    gatherer.outcomes = (url) => (url.startsWith("turn") ? "full" : "answered");
    expect(await run()).toMatchObject({
      udp: "ok",
      "turn-udp": "unknown turn-busy",
      "turn-tls": "unknown turn-busy",
    });
    const urls = gatherer.asked.flat();
    expect(urls).toHaveLength(new Set(urls).size);
  });

  it("silence of a busy machine is no failure", async () => {
    const { run, socket, gatherer } = bench();
    socket.grant = { iceServers: ALL };
    gatherer.outcomes = () => "silent";
    gatherer.busy = true;
    expect(await run()).toMatchObject({ udp: "unknown no-answer", "turn-udp": "unknown no-answer" });
  });

  it("give everything back at the end of the page, whatever they were at", async () => {
    const { checks, media, socket, gatherer } = bench();
    socket.grant = { iceServers: ALL };
    gatherer.outcomes = () => "never";
    checks.run();
    await vi.waitUntil(() => gatherer.running() === 1);
    checks.dispose();
    expect(gatherer.running()).toBe(0);
    expect(media.liveTracks()).toBe(0);
    expect(socket.openSockets()).toBe(0);
    expect(checks.getSnapshot()).toMatchObject({ running: false, stream: undefined });
  });
});
