import { errorBody } from "@serendip/protocol";
import { manualClock } from "@serendip/time/testing";
import { describe, expect, it, vi } from "vitest";
import { type ChecksOptions, createChecks } from "../../src/check/checks.browser.ts";
import {
  fakeGatherer,
  fakeMedia,
  fakeReadiness,
  fakeTokens,
  MEDIA_DENIED,
  NO_CAMERA,
  SOCKET_REFUSES,
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
    blocked.socket.behaviour = SOCKET_REFUSES("internal");
    expect(await blocked.run()).toMatchObject({
      signaling: "failed socket-blocked",
      udp: "ok",
      "turn-tls": "ok",
    });
  });

  it("[W19] the service is met both ways, each by itself, and one is enough", async () => {
    const open = bench();
    await open.run();
    const waysOf = ({ checks }: ReturnType<typeof bench>) =>
      checks.getSnapshot().rows.find(({ name }) => name === "signaling")?.ways;
    expect(waysOf(open)).toEqual(["websocket", "polling"]);
    expect(new Set(open.socket.sockets.map(({ hello }) => hello.token)).size).toBe(2);

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
