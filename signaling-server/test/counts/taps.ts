import { Server } from "node:http";
import { createRequire } from "node:module";
import type { Clock } from "@serendip/time";
import { manualClock } from "@serendip/time/testing";
import type { LobbyStore } from "../../src/store/lobby-store.ts";
import { ledger } from "./ledger.ts";

// Nothing here is put back: each test file has a process of its own.

/** Libraries of the server that arm timers; the pages' own are in the same process. */
const LIBRARIES = /^(engine\.io|socket\.io|socket\.io-adapter|fastify)$/;
const SOURCE = /signaling-server\/src\/(.+)\.ts[:?]/;
const LIBRARY = /node_modules\/((?:@[\w.-]+\/)?[\w.-]+)\/(?!.*node_modules\/)/;
const PASSED_ON = /test\/counts\/|packages\/time\/|\(node:|at node:/;

/** Which file or library of the server has called whoever asks; undefined: none of the server. */
function calledBy(): string | undefined {
  Error.stackTraceLimit = 30;
  const frames = (new Error().stack ?? "").split("\n").slice(1);
  const frame = frames.find((one) => !PASSED_ON.test(one)) ?? "";
  const [, file] = SOURCE.exec(frame) ?? [];
  const [, library = ""] = LIBRARY.exec(frame) ?? [];
  return file ?? (LIBRARIES.test(library) ? library : undefined);
}

const turned = manualClock(Date.UTC(2026, 0, 1));

/** The clock of the server: it stands still unless the test turns it, and its timers are counted. */
export const countedClock: Clock = {
  now: turned.now,
  after(delayMs, run) {
    ledger.note("timers armed", calledBy());
    return turned.after(delayMs, run);
  },
};

export const turnClock = turned.advance;

type Run = () => void;
type SetTimeout = (run: Run, delayMs?: number, ...args: unknown[]) => unknown;

/** What Engine.IO does with a timer of Node. */
interface TurnedTimer {
  refresh(): TurnedTimer;
  cancel(): void;
}

/** A timer of Node on the clock of the test. */
function turnedTimer(run: Run, delayMs: number): TurnedTimer {
  const arm = () => {
    ledger.note("timers armed", calledBy());
    return turned.after(delayMs, run);
  };
  let cancel = arm();
  const timer: TurnedTimer = {
    refresh() {
      cancel();
      cancel = arm();
      return timer;
    },
    cancel: () => cancel(),
  };
  return timer;
}

/** Counts the timers of libraries, and puts Engine.IO's pings on the clock of the test. */
function tapTimers(): void {
  const real: SetTimeout = globalThis.setTimeout;
  const counted: SetTimeout = (run, delayMs, ...args) => {
    const by = calledBy();
    if (by !== undefined) ledger.note("timers armed", by);
    return real(run, delayMs, ...args);
  };
  Object.assign(globalThis, { setTimeout: counted });
  // Engine.IO takes its own from Node's module.
  const timers = createRequire(import.meta.url)("node:timers") as {
    clearTimeout(timer: unknown): void;
  };
  const { clearTimeout } = timers;
  const ours = new Set<unknown>();
  Object.assign(timers, {
    setTimeout(run: Run, delayMs = 0, ...args: unknown[]) {
      if (calledBy() !== "engine.io") return counted(run, delayMs, ...args);
      const timer = turnedTimer(run, delayMs);
      ours.add(timer);
      return timer;
    },
    clearTimeout(timer: unknown) {
      if (ours.delete(timer)) (timer as TurnedTimer).cancel();
      else clearTimeout(timer);
    },
  });
}

/** Counts what comes to HTTP servers: requests, and upgrades to a WebSocket. */
function tapHttp(): void {
  const emit = Server.prototype.emit as (event: string, ...args: unknown[]) => boolean;
  Server.prototype.emit = function (this: Server, event: string, ...args: unknown[]): boolean {
    const [request] = args as { method?: string; url?: string }[];
    const path = request?.url?.split("?")[0];
    if (event === "request") ledger.note("HTTP requests", `${request?.method} ${path}`);
    if (event === "upgrade") ledger.note("HTTP requests", `upgrade of ${path}`);
    return emit.call(this, event, ...args);
  };
}

/** Counts what libraries have WebCrypto do. */
function tapWebCrypto(): void {
  for (const name of ["importKey", "sign", "verify"] as const) {
    const { subtle } = globalThis.crypto;
    const method = subtle[name].bind(subtle) as (...args: unknown[]) => unknown;
    const counted = (...args: unknown[]) => {
      ledger.note("signatures", `WebCrypto ${name}`);
      return method(...args);
    };
    Object.defineProperty(subtle, name, { value: counted, configurable: true });
  }
}

/** Begins to count what the libraries do; to be called before a server is started. */
export function tapLibraries(): void {
  tapTimers();
  tapHttp();
  tapWebCrypto();
}

/** The function, whose calls count as signatures of the file that calls it. */
export const countedHash = <Args extends unknown[], Result>(hash: (...args: Args) => Result) =>
  ((...args) => {
    ledger.note("signatures", calledBy());
    return hash(...args);
  }) as (...args: Args) => Result;

/** The store, whose commands and questions are counted. */
export function countedStore(store: LobbyStore): LobbyStore {
  const asked = <Name extends keyof LobbyStore>(name: Name): LobbyStore[Name] => {
    const method = store[name] as (...args: unknown[]) => unknown;
    return ((...args: unknown[]) => {
      ledger.note("asked of the store", `(${name})`);
      return method(...args);
    }) as LobbyStore[Name];
  };
  return {
    ...store,
    execute(command) {
      ledger.note("asked of the store", command.type);
      return store.execute(command);
    },
    status: asked("status"),
    knows: asked("knows"),
    whoseIs: asked("whoseIs"),
    nextDeadline: asked("nextDeadline"),
  };
}
