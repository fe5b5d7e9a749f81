import type { ServerBody } from "@serendip/protocol";
import type { Cancel, Clock } from "@serendip/time";
import { createSignaling } from "../../src/signaling/signaling.ts";
import {
  RequestLost,
  type SignalingConnection,
  type SocketHandlers,
} from "../../src/signaling/signaling-socket.port.ts";
import { IdentityFailure } from "../../src/signaling/token-source.port.ts";
import { createTabMemory } from "../../src/tab/tab-memory.ts";
import { seededRandom } from "../../src/testing/engine-bench.ts";
import { fakeStorage } from "../../src/testing/fake-browser.ts";

/** Longer than a connection needs to count as a stable one. */
const BEFORE_MS = 10_000;
/** Promises that an attempt has to wait for, one after the other, and some more. */
const ROUNDS = 12;

/**
 * A service in virtual time. It refuses all while it is away. Then it serves newcomers one after the other; for whom its queue has no room
 * the packet is lost, and comes again after 1 s, 2 s, 4 s as TCP does it.
 */
export interface ServiceModel {
  readonly pages: number;
  /** It is killed, and listens again so much later, milliseconds. */
  readonly awayMs: number;
  /** Connections that it serves per second, once it listens again. */
  readonly acceptsPerS: number;
  /** Connections that may wait. */
  readonly backlog: number;
  /** Virtual time from the kill to the end, milliseconds. */
  readonly forMs: number;
  readonly seed: number;
}

/** What became of the pages; instants count from the kill, milliseconds, and are infinite where it did not happen. */
export interface Comeback {
  readonly backAt: readonly number[];
  /** Connections over which a page tried to get in. */
  readonly dials: readonly number[];
  /** Tokens that were asked for. */
  readonly mints: number;
  /** Pages that got in by polling. */
  readonly polling: number;
}

/** Runs what falls due at a whole millisecond in the order in which it was asked for; then lets what waits for no clock happen. */
export function createAgenda() {
  const due = new Map<number, Set<() => void>>();
  let now = 0;
  const clock: Clock = {
    now: () => now,
    after(delayMs, run): Cancel {
      const at = now + Math.max(1, Math.ceil(delayMs));
      const runs = due.get(at) ?? new Set();
      due.set(at, runs);
      const mine = () => run();
      runs.add(mine);
      return () => runs.delete(mine);
    },
  };
  const settle = async () => {
    for (let round = 0; round < ROUNDS; round++) await Promise.resolve();
  };
  return {
    clock,
    settle,
    async pass(byMs: number) {
      for (const end = now + byMs; now < end; ) {
        now += 1;
        const runs = due.get(now);
        due.delete(now);
        if (!runs) continue;
        for (const run of runs) run();
        await settle();
      }
    },
  };
}

/** The service's door: `enter` says whether it listens, and calls `served` when the turn has come. */
export function createDoor(clock: Clock, model: Pick<ServiceModel, "acceptsPerS" | "backlog">) {
  const eachMs = 1_000 / model.acceptsPerS;
  let isOpen = true;
  let freeAt = 0;
  const knock = (served: () => void, againMs: number): void => {
    const from = Math.max(freeAt, clock.now());
    if ((from - clock.now()) / eachMs > model.backlog) {
      clock.after(againMs, () => knock(served, 2 * againMs));
      return;
    }
    freeAt = from + eachMs;
    clock.after(freeAt - clock.now(), served);
  };
  return {
    set(next: "open" | "shut") {
      isOpen = next === "open";
    },
    enter(served: () => void): boolean {
      if (isOpen) knock(served, 1_000);
      return isOpen;
    },
  };
}

/** Kills a service under pages whose own code brings them back. */
export async function killUnder(model: ServiceModel): Promise<Comeback> {
  const { clock, pass, settle } = createAgenda();
  const random = seededRandom(model.seed);
  const pages = Array.from({ length: model.pages }, () => ({
    backAt: Number.POSITIVE_INFINITY,
    dials: 0,
    way: "",
  }));
  const lines = new Set<SocketHandlers>();
  // Nobody waits before the kill.
  let door = createDoor(clock, { acceptsPerS: 1e9, backlog: model.pages });
  let mints = 0;
  let killedAt = 0;

  const mint = (signal: AbortSignal) =>
    new Promise<{ token: string; expiresInMs: number }>((resolve, reject) => {
      mints += 1;
      const token = `token-${mints}`;
      const fail = () => reject(new IdentityFailure("unreachable", "refused"));
      signal.addEventListener("abort", fail);
      if (!door.enter(() => resolve({ token, expiresInMs: 300_000 }))) clock.after(1, fail);
    });

  const dial = (page: (typeof pages)[number], way: string, handlers: SocketHandlers): SignalingConnection => {
    page.dials += 1;
    lines.add(handlers);
    const close = () => lines.delete(handlers);
    const opened = () => {
      if (lines.has(handlers)) handlers.onOpen();
    };
    const refused = () => {
      if (lines.delete(handlers)) handlers.onClosed("refused", "closed");
    };
    if (!door.enter(opened)) clock.after(1, refused);
    const lost = () => Promise.reject(new RequestLost("not part of the model"));
    const greet = () =>
      clock.after(1, () => {
        if (!lines.has(handlers)) return;
        page.backAt = clock.now() - killedAt;
        page.way = way;
        handlers.onMessage({ event: "welcome", body: WELCOME });
      });
    return { greet, request: lost, sendSignal: () => {}, tell: () => {}, close };
  };

  for (const [index, page] of pages.entries()) {
    const signaling = createSignaling({
      socket: { open: (way, handlers) => dial(page, way, handlers) },
      tokens: { fetch: (_current, signal) => mint(signal) },
      memory: createTabMemory(fakeStorage(), clock),
      clock,
      random,
      log: { info: () => {}, warn: () => {} },
      urgent: () => false,
      // Most are in calls, which go on.
      peerConnection: () => (index % 20 === 0 ? "lost" : "alive"),
      received: () => undefined,
      onToken: () => {},
      onError: () => {},
    });
    signaling.open(false);
  }
  await settle();
  await pass(BEFORE_MS);
  killedAt = clock.now();
  mints = 0;
  for (const page of pages) Object.assign(page, { backAt: Number.POSITIVE_INFINITY, dials: 0 });
  door = createDoor(clock, model);
  door.set("shut");
  for (const handlers of [...lines]) {
    lines.delete(handlers);
    handlers.onClosed("transport close", "closed");
  }
  await settle();
  await pass(model.awayMs);
  door.set("open");
  await pass(model.forMs - model.awayMs);
  return {
    backAt: pages.map(({ backAt }) => backAt),
    dials: pages.map(({ dials }) => dials),
    mints,
    polling: pages.filter(({ way }) => way === "polling").length,
  };
}

const WELCOME: ServerBody<"welcome"> = {
  sessionId: "session",
  resumeSecret: "secret",
  epoch: 1,
  resumed: true,
  state: { kind: "idle" },
  tokenExpiresInMs: 300_000,
  iceServers: [],
  retryWindowMs: 1_000,
};
