import type { IceGrant } from "@serendip/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CALL_RULES } from "../../src/call/call-state.machine.ts";
import {
  type EngineBench,
  engineBench,
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
  WAY_HANGS,
  WAY_PASSES,
} from "../../src/testing/index.ts";
import { expectCameraAsWanted, isVideo, settleQuestions } from "../media/as-wanted.ts";

/** A relay to hide behind. */
const RELAY: IceGrant = {
  iceServers: [{ urls: ["turn:turn.test:3478"], username: "somebody", credential: "secret" }],
};

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
const LOADS: Readonly<Record<string, (bench: EngineBench) => EngineBench | Promise<EngineBench>>> = {
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
const FATES: Readonly<Record<string, (bench: EngineBench) => unknown>> = {
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

const anyFate = fc.record({
  name: fc.constantFrom(...Object.keys(FATES), ...Object.keys(LOADS)),
  passMs: fc.constantFrom(0, 0, 0, 200, 3_000, 16_000),
});

/** Notes each connection to somebody new that shows this side's address, although the person had asked for the contrary. */
function watchAddresses({ peers }: EngineBench, chat: () => EngineBench["chat"]): () => readonly string[] {
  const shown: string[] = [];
  const hidden = new Map<string, boolean>();
  const open = peers.open;
  peers.open = (options, handlers) => {
    const room = chat().getStatus().roomId ?? "none";
    // A wish concerns the next person; who has seen the address has seen it.
    const hides = hidden.get(room) ?? chat().getSnapshot().ice.relayOnly;
    hidden.set(room, hides);
    if (hides && !options.relayOnly) shown.push(room);
    return open(options, handlers);
  };
  return () => shown;
}

const PRESSES = ["start", "start again", "retry", "join without", "next"];
const FRESH_RELOADS = ["reload", "reload soon"];

/** Keeps account of what a page may do by itself (SPEC S12); `check` is for whenever something may have happened. */
function conscience(bench: EngineBench) {
  /** `all`: somebody has pressed something here, or a reload goes on with it; `return`: to come back to one room. */
  let may: "nothing" | "return" | "all" = "nothing";
  const count = ({ media, server }: EngineBench) => ({
    captures: media.wishes.length,
    finds: server.bodies("find").length,
  });
  let before = count(bench);
  let rooms = 0;
  const check = (bench: EngineBench): void => {
    const now = count(bench);
    if (may === "return" && bench.peers.opened.length > rooms) may = "all";
    if (may === "nothing") expect(now).toEqual(before);
    if (may === "return") expect(now.finds).toBe(before.finds);
    before = now;
    rooms = bench.peers.opened.length;
  };
  return {
    check,
    /** To be called before each fate. */
    meets(name: string, bench: EngineBench): void {
      check(bench);
      const { chat } = bench;
      const { phase } = chat.getSnapshot().status;
      const isOver = phase === "idle" || phase === "failed";
      if (PRESSES.includes(name)) may = "all";
      else if (name === "go on" && isOver && chat.getSnapshot().canGoOn) may = "return";
      else if (FRESH_RELOADS.includes(name)) may = isOver ? "nothing" : may;
      else if (/^(reload|leave)/.test(name)) may = "nothing";
    },
  };
}

describe("an engine in a bad world", () => {
  it("[R16] [C2] [C6] [C28] [K5] [M9] [S12] holds one socket and one peer at most, shows no address against the wish, has the camera as it is wanted, lets go of everything on Stop, works again after it, and neither captures nor searches without a press or a fresh reload", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFate, { maxLength: 40 }), async (fates) => {
        let bench = engineBench();
        bench.server.grant = RELAY;
        const shown = watchAddresses(bench, () => bench.chat);
        const { meets, check } = conscience(bench);
        bench.chat.subscribe(() => {});
        meets("start", bench);
        bench.chat.start();
        for (const { name, passMs } of fates) {
          meets(name, bench);
          const load = LOADS[name];
          if (!load) await FATES[name]?.(bench);
          else {
            bench = await load(bench);
            bench.chat.subscribe(() => {});
            await bench.settle();
          }
          check(bench);
          if (passMs > 0) {
            await bench.pass(passMs);
            // Before that, tracks that nobody wants any more may still be on their way to be stopped.
            expect(bench.media.liveTracks()).toBeLessThanOrEqual(2);
          }
          check(bench);
          expect(bench.server.mostOpen()).toBeLessThanOrEqual(1);
          expect(bench.server.openSockets()).toBeLessThanOrEqual(2);
          expect(bench.peers.mostOpen()).toBeLessThanOrEqual(1);
          expect(shown()).toEqual([]);
        }
        await settleQuestions(bench);
        expectCameraAsWanted(bench);
        expect(bench.chat.getStatus().lastErrors.filter(({ code }) => code === "fault")).toEqual([]);
        bench.chat.stop();
        await bench.settle();
        expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
        expect(bench.chat.getSnapshot()).toMatchObject({
          status: { phase: "idle" },
          signaling: { state: "closed" },
          localStream: undefined,
          remoteStream: undefined,
          problem: undefined,
        });
        for (const mend of [
          "server accepts",
          "both ways pass",
          "answers come",
          "media granted",
          "connections work",
          "the relay is up",
        ])
          FATES[mend]?.(bench);
        bench.media.show(true);
        bench.chat.start();
        await bench.pass(3_000);
        expect(bench.chat.getSnapshot().status.phase).toBe("searching");
        bench.server.match();
        await bench.settle();
        expect(bench.chat.getSnapshot().status.phase).toBe("connected");
        bench.chat.dispose();
        expect(bench.held()).toEqual({ sockets: 0, peers: 0, tracks: 0, timers: 0 });
      }),
      { numRuns: 150 },
    );
  });
});
