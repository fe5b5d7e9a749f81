import { errorBody, type IceGrant, type Signal } from "@serendip/protocol";
import { expect } from "vitest";
import { CALL_RULES } from "../../src/call/call-state.machine.ts";
import { IdentityFailure } from "../../src/signaling/token-source.port.ts";
import {
  type EngineBench,
  MEDIA_DENIED,
  MEDIA_GRANTED,
  MEDIA_HANGS,
  NO_CAMERA,
  PEER_CONNECTS,
  PEER_FAILS,
  PEER_NEVER_CONNECTS,
  PEER_THROWS,
  SOCKET_ACCEPTS,
  SOCKET_REFUSES,
  SOCKET_SILENT,
  SOCKET_UNREACHABLE,
  TOKENS_FRESH,
  WAY_HANGS,
  WAY_PASSES,
} from "../../src/testing/index.ts";
import { isVideo } from "../media/as-wanted.ts";

/** A relay to hide behind. */
export const RELAY: IceGrant = {
  iceServers: [{ urls: ["turn:turn.test:3478"], username: "somebody", credential: "secret" }],
};

const CANDIDATE: Signal = {
  kind: "candidate",
  candidate: { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 },
};

/** What a server takes that is asked too much. */
const FEW = { burst: 1, perSecond: 1 };
const LIMITED = [
  "ready",
  "give-up",
  "rebuild",
  "media",
  "status",
  "signal",
  "call-report",
  "ice-servers",
] as const;

const inRoom = ({ server }: EngineBench) => server.state.kind === "in-room";

const DAY_MS = 24 * 3_600_000;

/** The browser keeps the page, and shows it again as it was. */
async function keepAndShow(bench: EngineBench, forMs: number): Promise<void> {
  bench.hints.leave("kept");
  await bench.settle();
  // A computer's own time goes on while it sleeps.
  bench.system.aheadMs += forMs;
  bench.hints.comeBack();
  bench.hints.promise();
}

/** The page is loaded anew. */
export const LOADS: Readonly<Record<string, (bench: EngineBench) => EngineBench | Promise<EngineBench>>> = {
  reload: (bench) => bench.reload(),
  "reload soon": (bench) => bench.comeBack(20_000, "reload"),
  "reload late": (bench) => bench.comeBack(31_000, "reload"),
  "leave and come back": (bench) => bench.comeBack(2_000),
  "leave and come back a day later": (bench) => bench.comeBack(DAY_MS),
  "reload by a clock that was set back": async (bench) => {
    const next = await bench.comeBack(1_000, "reload");
    next.system.aheadMs -= 3_600_000;
    return next;
  },
};

/** What people, networks, browsers and servers do to a chat. */
export const FATES: Readonly<Record<string, (bench: EngineBench) => unknown>> = {
  start: ({ chat }) => chat.start(),
  "start again": ({ chat }) => chat.start(),
  "go on": ({ chat }) => chat.goOn(),
  "leave, and be shown again": (bench) => keepAndShow(bench, 2_000),
  "leave, and be shown again a day later": (bench) => keepAndShow(bench, DAY_MS),
  "the clock is set back": ({ system }) => {
    system.aheadMs -= 3_600_000;
  },
  next: ({ chat }) => chat.next(),
  stop: ({ chat }) => chat.stop(),
  retry: ({ chat }) => chat.retry(),
  "join without": ({ chat }) => chat.joinWithout(),
  mute: ({ chat }) => chat.setEnabled("microphone", false),
  "turn the camera on": ({ chat }) => chat.setEnabled("camera", true),
  "turn the camera off": ({ chat }) => chat.setEnabled("camera", false),
  "the media question is answered late": ({ media }) => media.answer(),
  "switch the camera": ({ chat }) => chat.switchCamera(),
  "the system mutes the camera": ({ media }) => media.tracks.findLast(isVideo)?.mute(true),
  "the system gives the camera back": ({ media }) => media.tracks.findLast(isVideo)?.mute(false),
  "new tracks are muted": ({ media }) => {
    media.mutesNew = true;
  },
  "new tracks are not muted": ({ media }) => {
    media.mutesNew = false;
  },
  "page out of sight": ({ media }) => media.show(false),
  "page in sight": ({ media }) => media.show(true),
  "one camera at a time": ({ media }) => {
    media.oneCameraAtATime = true;
  },
  "permission given again": ({ media }) => media.permit("granted"),
  "another app takes the cameras": ({ media }) => {
    media.taken = ["camera", "camera-2"];
  },
  "the cameras are free": ({ media }) => {
    media.taken = [];
  },
  "permission taken back": ({ media }) => {
    media.permissions = "denied";
    for (const track of media.tracks) track.end();
  },
  "hide my address": ({ chat }) => chat.setRelayOnly(true),
  "show my address": ({ chat }) => chat.setRelayOnly(false),
  "the relay is down": ({ server }) => {
    server.grant = { iceServers: [], withheld: ["turn:turn.test:3478"] };
  },
  "the relay is up": ({ server }) => {
    server.grant = RELAY;
  },
  "nobody reaches the relay from here": ({ gatherer }) => {
    gatherer.outcomes = () => "unreachable";
  },
  "the relay is silent": ({ gatherer }) => {
    gatherer.outcomes = () => "silent";
  },
  "the relay can be reached": ({ gatherer }) => {
    gatherer.outcomes = () => "answered";
  },
  "the tab's memory hangs": ({ storage }) => {
    storage.hangs = true;
  },
  "the tab's memory answers": ({ storage }) => storage.answer(),
  "network changed": ({ hints }) => hints.changeNetwork(),
  "choose a camera": ({ chat }) => chat.selectDevice("camera", "camera-2"),
  "dismiss the problem": ({ chat }) => chat.dismissProblem(),
  match: ({ server }) => {
    if (server.state.kind === "queued") server.match();
  },
  "partner leaves": (bench) => {
    if (inRoom(bench)) bench.server.partnerLeaves();
  },
  "partner away": (bench) => {
    if (inRoom(bench)) bench.server.partnerAway(10_000);
  },
  "partner back": (bench) => {
    if (inRoom(bench)) bench.server.partnerBack();
  },
  "partner back without its connection": (bench) => {
    const { state } = bench.server;
    if (state.kind === "in-room") bench.server.partnerBack({ generation: state.room.generation + 1 });
  },
  requeue: (bench) => {
    if (inRoom(bench)) bench.server.requeue();
  },
  signal: (bench) => {
    if (inRoom(bench)) bench.server.signal(1, { kind: "offer", sdp: "v=0" });
  },
  "the page has much to say": ({ peers }) => {
    for (let n = 0; n < 20; n += 1) peers.current()?.handlers.onSignal(CANDIDATE);
  },
  "acknowledgements get lost": ({ server }) => {
    server.acks = "lost";
  },
  "acknowledgements come late": ({ server }) => {
    server.acks = "late";
  },
  "acknowledgements come again and again": ({ server }) => {
    server.acks = "repeated";
  },
  "acknowledgements come": ({ server }) => {
    server.acks = "usual";
  },
  "the next server is an older one": ({ server }) => {
    server.cumulativeAcks = false;
  },
  "the next server is a newer one": ({ server }) => {
    server.cumulativeAcks = true;
  },
  "media stops": ({ peers }) => peers.current()?.handlers.onInterrupted(),
  "media comes back": ({ peers }) => peers.current()?.handlers.onConnected(),
  "the restarts of a generation are used up": ({ peers }) => peers.current()?.handlers.onWornOut(),
  "partner misuses the connection": ({ peers }) => peers.current()?.handlers.onMisused(),
  "partner's page closes": ({ peers }) => peers.current()?.handlers.onPartnerClosed(),
  "an old connection speaks": ({ peers }) => peers.opened[0]?.handlers.onConnected(),
  "the camera is unplugged": ({ media }) => media.tracks.at(-1)?.end(),
  "the camera is plugged in": ({ media }) => media.plugIn("camera"),
  "connection lost": ({ server }) => server.drop(),
  "matched while nobody hears us": ({ server }) => {
    server.drop();
    if (server.state.kind === "queued") server.match();
  },
  "session forgotten": ({ server }) => {
    server.state = { kind: "idle" };
    server.drop();
  },
  superseded: ({ server }) => server.bye("superseded"),
  draining: ({ server }) => server.bye("draining", 2_000),
  "network back": ({ hints }) => hints.promise(),
  "server accepts": ({ server }) => {
    server.behaviour = SOCKET_ACCEPTS;
  },
  "server refuses": ({ server }) => {
    server.behaviour = SOCKET_REFUSES("token_expired");
  },
  "server silent": ({ server }) => {
    server.behaviour = SOCKET_SILENT;
  },
  "server gone": ({ server }) => {
    server.behaviour = SOCKET_UNREACHABLE;
    server.drop();
  },
  "WebSocket silent from now on": ({ server }) => server.fallSilent("websocket"),
  "polling silent from now on": ({ server }) => server.fallSilent("polling"),
  "WebSockets hang": ({ server }) => {
    server.ways.websocket = WAY_HANGS;
  },
  "both ways pass": ({ server }) => {
    server.ways.websocket = WAY_PASSES;
    server.ways.polling = WAY_PASSES;
  },
  "another network": ({ hints }) => hints.changeNetwork(),
  "Next comes too soon": ({ server }) => server.limits.set("find", FEW),
  "Stop comes too soon": ({ server }) => server.limits.set("leave", FEW),
  "all else comes too soon": ({ server }) => {
    for (const event of LIMITED) server.limits.set(event, FEW);
  },
  "nothing comes too soon": ({ server }) => {
    for (const event of ["find", "leave", ...LIMITED] as const) server.limits.set(event, undefined);
  },
  "server full": ({ server }) => {
    server.behaviour = { type: "refuses", error: errorBody("server_full", undefined, 2_000) };
  },
  "too much was sent": ({ server }) => server.bye("rate_limited", 2_000),
  "no tokens for a while": ({ tokens }) => {
    const pause = { retryAfterMs: 2_000, why: "too-fast" } as const;
    tokens.behaviour = new IdentityFailure("unreachable", "429", pause);
  },
  "a check that this page has not": ({ tokens }) => {
    tokens.behaviour = new IdentityFailure("challenge-missing", "no");
  },
  "a check that takes its time": ({ tokens }) => {
    tokens.behaviour = "works";
  },
  "the check is passed": ({ tokens }) => tokens.passCheck(),
  "tokens are to be had": ({ tokens }) => {
    tokens.behaviour = TOKENS_FRESH;
  },
  "answers get lost": ({ server }) => server.answer("find", "never"),
  "answers come": ({ server }) => server.answer("find", "usual"),
  "media granted": ({ media }) => {
    media.behaviour = MEDIA_GRANTED;
  },
  "media denied": ({ media }) => {
    media.behaviour = MEDIA_DENIED;
  },
  "no camera": ({ media }) => {
    media.behaviour = NO_CAMERA;
  },
  "media hangs": ({ media }) => {
    media.behaviour = MEDIA_HANGS;
  },
  "connections work": ({ peers }) => {
    peers.behaviour = PEER_CONNECTS;
  },
  "connections hang": ({ peers }) => {
    peers.behaviour = PEER_NEVER_CONNECTS;
  },
  "connections fail": ({ peers }) => {
    peers.behaviour = PEER_FAILS;
  },
  "connections always fail": async (bench) => {
    bench.peers.behaviour = PEER_FAILS;
    const before = bench.peers.opened.length;
    for (let times = 0; times < 10; times += 1) {
      if (bench.server.state.kind === "queued") bench.server.match();
      await bench.settle();
    }
    // Nobody else has to meet a page that cannot be called (SPEC M9).
    expect(bench.peers.opened.length - before).toBeLessThanOrEqual(CALL_RULES.failures + 1);
  },
  "connections throw": ({ peers }) => {
    peers.behaviour = PEER_THROWS;
  },
};

async function callSomebody(bench: EngineBench): Promise<void> {
  bench.chat.start();
  await bench.settle();
  bench.server.match();
  await bench.settle();
}

/** What has happened before: states that chance alone seldom leads to. */
export const PASTS: Readonly<Record<string, (bench: EngineBench) => EngineBench | Promise<EngineBench>>> = {
  "a start": (bench) => {
    bench.chat.start();
    return bench;
  },
  "a call": async (bench) => {
    await callSomebody(bench);
    return bench;
  },
  "a return to a call": async (bench) => {
    await callSomebody(bench);
    return bench.comeBack(2_000);
  },
  "a refused return to a call": async (before) => {
    await callSomebody(before);
    const bench = await before.comeBack(2_000);
    bench.chat.subscribe(() => {});
    await bench.settle();
    bench.media.behaviour = MEDIA_DENIED;
    bench.chat.goOn();
    await bench.settle();
    return bench;
  },
  "a call of a page that is shown again": async (bench) => {
    await callSomebody(bench);
    await keepAndShow(bench, 2_000);
    return bench;
  },
  "a wish that cannot be had": async (bench) => {
    bench.gatherer.outcomes = () => "unreachable";
    bench.chat.setRelayOnly(true);
    bench.chat.start();
    await bench.pass(9_000);
    return bench;
  },
};
