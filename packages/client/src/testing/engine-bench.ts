import type { Cancel, Clock } from "@serendip/time";
import type { ManualClock } from "@serendip/time/testing";
import { manualClock } from "@serendip/time/testing";
import { createEngine } from "../api/engine.ts";
import type { EngineOptions, VideoChat } from "../chat/engine-api.ts";
import type { MediaSource } from "../media/media-source.port.ts";
import type { SignalingConnection, SignalingSocket } from "../signaling/signaling-socket.port.ts";
import type { Arrival } from "../tab/return.machine.ts";
import type { Log } from "../words/log.ts";
import {
  type FakeGatherer,
  type FakeHints,
  type FakeReadiness,
  type FakeStorage,
  type FakeStun,
  type FakeTokens,
  fakeGatherer,
  fakeHints,
  fakeReadiness,
  fakeStorage,
  fakeStun,
  fakeTokens,
} from "./fake-browser.ts";
import { type FakeMedia, fakeMedia } from "./fake-media.ts";
import { type FakePeers, fakePeers } from "./fake-peers.ts";
import { scriptedServer } from "./scripted-server.ts";
import type { ScriptedServer } from "./scripted-server-face.ts";

/** An engine among doubles, with a clock that a test moves. */
export interface EngineBench {
  readonly chat: VideoChat;
  readonly clock: ManualClock;
  readonly server: ScriptedServer;
  readonly peers: FakePeers;
  readonly media: FakeMedia;
  readonly storage: FakeStorage;
  readonly hints: FakeHints;
  readonly tokens: FakeTokens;
  readonly gatherer: FakeGatherer;
  readonly readiness: FakeReadiness;
  readonly stun: FakeStun;
  /** Every line of the log. */
  readonly lines: readonly string[];
  /** Lets everything happen that waits for no clock. */
  settle(): Promise<void>;
  /** Moves the clock, in steps that let replies come in on the way. */
  pass(byMs: number): Promise<void>;
  /** What the engine still holds of the outside world: all zero once it has let go. */
  held(): Record<"sockets" | "peers" | "tracks" | "timers", number>;
  /** What the person's system says the time is, beside the bench's clock, milliseconds. */
  readonly system: { aheadMs: number };
  /** The page is reloaded: another engine over the same memory, server and devices. */
  reload(): EngineBench;
  /** The page goes away for good, and the tab comes back to it `afterMs` later. */
  comeBack(afterMs: number, arrival?: Arrival): Promise<EngineBench>;
}

const ROUNDS = 30;

/** Waits until what was queued for later, and what that queued in turn, has run. */
async function settle(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await Promise.resolve();
}

/** A small linear congruential generator (Numerical Recipes): the same numbers in every run. */
export function seededRandom(seed: number): () => number {
  let value = seed;
  return () => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    return value / 2 ** 32;
  };
}

type Doubles = Omit<EngineBench, "chat" | "settle" | "pass" | "held" | "reload" | "comeBack">;

/** What a document has of the world; with the document it is gone, whatever still runs there. */
function documentOver(
  clock: ManualClock,
  server: ScriptedServer,
  media: FakeMedia,
): {
  readonly clock: Clock;
  readonly socket: SignalingSocket;
  readonly media: MediaSource;
  end(): void;
} {
  const timers = new Set<Cancel>();
  const lines: SignalingConnection[] = [];
  let over = false;
  return {
    clock: {
      now: clock.now,
      after(delayMs, run) {
        if (over) return () => {};
        const cancel = clock.after(delayMs, () => {
          timers.delete(cancel);
          run();
        });
        timers.add(cancel);
        return () => {
          timers.delete(cancel);
          cancel();
        };
      },
    },
    socket: {
      open(way, handlers) {
        if (over) {
          const never = () => new Promise<never>(() => {});
          return { greet: () => {}, request: never, sendSignal: () => {}, tell: () => {}, close: () => {} };
        }
        const line = server.open(way, handlers);
        lines.push(line);
        return line;
      },
    },
    media: {
      ...media,
      capture: (wish, signal) => (over ? new Promise<never>(() => {}) : media.capture(wish, signal)),
    },
    end() {
      over = true;
      media.unload();
      for (const cancel of timers) cancel();
      for (const line of lines) line.close();
    },
  };
}

export function engineBench(options: EngineOptions & { readonly seed?: number } = {}): EngineBench {
  const clock = manualClock();
  const doubles: Doubles = {
    clock,
    server: scriptedServer(clock),
    peers: fakePeers(),
    media: fakeMedia(),
    storage: fakeStorage(),
    hints: fakeHints(),
    tokens: fakeTokens(),
    gatherer: fakeGatherer(),
    readiness: fakeReadiness(),
    stun: fakeStun(),
    system: { aheadMs: 0 },
    lines: [],
  };
  return benchOver(doubles, options, options.seed ?? 1);
}

function benchOver(doubles: Doubles, options: EngineOptions, seed: number): EngineBench {
  const { clock, server, peers, media, storage, hints, tokens, gatherer, readiness, stun, system } = doubles;
  const page = documentOver(clock, server, media);
  const lines: string[] = [];
  const line: Log["info"] = (message, details) => lines.push([message, JSON.stringify(details)].join(" "));
  const chat = createEngine(
    {
      socket: page.socket,
      tokens,
      gatherer,
      readiness,
      stun,
      peers,
      media: page.media,
      storage,
      hints,
      clock: page.clock,
      systemClock: { now: () => clock.now() + system.aheadMs },
      random: seededRandom(seed),
      log: { info: line, warn: line },
    },
    options,
  );
  const endPeers = (): void => {
    for (const peer of peers.opened) peer.closed = true;
    peers.makeAhead(undefined);
  };
  const leave = (): void => {
    hints.leave("gone");
    page.end();
    storage.unload();
    server.drop();
    endPeers();
    for (const track of media.tracks) track.stop();
  };
  const load = (arrival: Arrival): EngineBench => {
    // What was under way in the document that ended may have made another one.
    endPeers();
    storage.arrival = arrival;
    return benchOver({ ...doubles, hints: fakeHints() }, options, seed + 1);
  };
  return {
    ...doubles,
    lines,
    chat,
    settle,
    async pass(byMs) {
      const end = clock.now() + byMs;
      await settle();
      while (clock.now() < end) {
        clock.advance(Math.min(100, end - clock.now()));
        await settle();
      }
    },
    held: () => ({
      sockets: server.openSockets(),
      peers: peers.openCount() + (peers.ahead ? 1 : 0),
      tracks: media.liveTracks(),
      timers: clock.pending(),
    }),
    reload() {
      leave();
      return load("reload");
    },
    async comeBack(afterMs, arrival = "other") {
      leave();
      await settle();
      clock.advance(afterMs);
      return load(arrival);
    },
  };
}
