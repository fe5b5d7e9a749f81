import type { RelayState } from "@serendip/protocol";
import type { IceGatherer } from "../ice/ice-gatherer.port.ts";
import type { StunProbe } from "../ice/stun-probe.port.ts";
import type { Readiness, ReadinessAnswer } from "../signaling/readiness.port.ts";
import { IdentityFailure, type TokenSource } from "../signaling/token-source.port.ts";
import type { NetworkHints } from "../tab/network-hints.port.ts";
import type { Arrival } from "../tab/return.machine.ts";
import type { Remembered, TabStorage } from "../tab/tab-storage.port.ts";
import type { IceReading } from "../words/chat-health.ts";

/** A tab's memory that outlives the engine, as session storage outlives the page. */
export interface FakeStorage extends TabStorage {
  remembered: Remembered;
  arrival: Arrival;
  /** Another tab has this memory. */
  copied: boolean;
  /** Times that something was written. */
  saves: number;
  opens: number;
  /** It opens no sooner than `answer` says, as where another tab has the lock. */
  hangs: boolean;
  answer(): void;
  /** The document that waits for it is gone. */
  unload(): void;
}

export function fakeStorage(remembered: Remembered = {}): FakeStorage {
  let waiting: (() => void)[] = [];
  const storage: FakeStorage = {
    remembered,
    arrival: "other",
    copied: false,
    saves: 0,
    opens: 0,
    hangs: false,
    answer() {
      storage.hangs = false;
      for (const go of waiting) go();
      waiting = [];
    },
    unload() {
      waiting = [];
    },
    peek: () => ({ arrival: storage.arrival, remembered: storage.remembered }),
    isCopy: () => Promise.resolve(storage.copied),
    async open() {
      storage.opens += 1;
      if (storage.hangs) await new Promise<void>((resolve) => waiting.push(resolve));
      return { tabId: "tab-1", remembered: storage.copied ? {} : storage.remembered };
    },
    close: () => {},
    save(next) {
      storage.saves += 1;
      storage.remembered = next;
    },
  };
  return storage;
}

export interface FakeHints extends NetworkHints {
  promise(): void;
  changeNetwork(): void;
  /** The page goes away. */
  leave(how: "gone" | "kept"): void;
  /** A page that was kept is shown again. */
  comeBack(): void;
  visible: boolean;
  listeners(): number;
}

export function fakeHints(): FakeHints {
  const promising = new Set<() => void>();
  const changed = new Set<() => void>();
  const returned = new Set<() => void>();
  const leaving = new Set<(how: "gone" | "kept") => void>();
  const add =
    <Run>(to: Set<Run>) =>
    (run: Run) => {
      to.add(run);
      return () => {
        to.delete(run);
      };
    };
  const hints: FakeHints = {
    onPromising: add(promising),
    onNetworkChanged: add(changed),
    onLeaving: add(leaving),
    onReturned: add(returned),
    isVisible: () => hints.visible,
    visible: true,
    promise: () => {
      for (const run of [...promising]) run();
    },
    changeNetwork: () => {
      for (const run of [...changed]) run();
    },
    leave(how) {
      for (const run of [...leaving]) run(how);
    },
    comeBack() {
      for (const run of [...returned]) run();
    },
    listeners: () => promising.size + changed.size + leaving.size + returned.size,
  };
  return hints;
}

/** How the source of tokens behaves; a failure is what it rejects with, and `works`: it takes the page much work. */
export type TokenBehaviour = "fresh" | "unreachable" | "refused" | "silent" | "works" | IdentityFailure;
export const TOKENS_FRESH: TokenBehaviour = "fresh";
export const TOKENS_UNREACHABLE: TokenBehaviour = "unreachable";
export const TOKENS_REFUSED: TokenBehaviour = "refused";
export const TOKENS_SILENT: TokenBehaviour = "silent";

export interface FakeTokens extends TokenSource {
  behaviour: TokenBehaviour;
  expiresInMs: number;
  /** The token that was shown at each request. */
  readonly asked: readonly (string | undefined)[];
  /** The work is done, or the check is passed: those that wait for it get their tokens. */
  passCheck(): void;
}

export function fakeTokens(behaviour: TokenBehaviour = TOKENS_FRESH): FakeTokens {
  const asked: (string | undefined)[] = [];
  const checked = new Set<() => void>();
  const fresh = () => ({ token: `token-${asked.length}`, expiresInMs: tokens.expiresInMs });
  const tokens: FakeTokens = {
    behaviour,
    expiresInMs: 300_000,
    asked,
    passCheck() {
      for (const pass of checked) pass();
      checked.clear();
    },
    fetch(current, signal, onWork) {
      asked.push(current);
      if (tokens.behaviour instanceof IdentityFailure) return Promise.reject(tokens.behaviour);
      if (tokens.behaviour === "works") onWork?.();
      switch (tokens.behaviour) {
        case "fresh":
          return Promise.resolve(fresh());
        case "silent":
        case "works":
          return new Promise((resolve, reject) => {
            if (tokens.behaviour === "works") checked.add(() => resolve(fresh()));
            signal.addEventListener("abort", () => reject(new IdentityFailure("unreachable", "aborted")));
          });
        case "unreachable":
        case "refused":
          return Promise.reject(new IdentityFailure(tokens.behaviour, `tokens are ${tokens.behaviour}`));
      }
    },
  };
  return tokens;
}

export interface FakeGatherer extends IceGatherer {
  /** What becomes of an address; `never`: its gathering does not end by itself. */
  outcomes: (url: string) => IceReading["outcome"] | "never";
  busy: boolean;
  /** The addresses of each request. */
  readonly asked: readonly (readonly string[])[];
  running(): number;
}

export function fakeGatherer(): FakeGatherer {
  const asked: (readonly string[])[] = [];
  let running = 0;
  const gatherer: FakeGatherer = {
    outcomes: () => "answered",
    busy: false,
    asked,
    running: () => running,
    gather(servers, _limitMs, signal) {
      const urls = servers.flatMap((server) => server.urls);
      asked.push(urls);
      const readings: IceReading[] = [];
      for (const url of urls) {
        const outcome = gatherer.outcomes(url);
        if (outcome !== "never") readings.push({ url, outcome });
      }
      if (readings.length === urls.length) return Promise.resolve({ readings, busy: gatherer.busy });
      running += 1;
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          running -= 1;
          resolve({ readings, busy: false });
        }),
      );
    },
  };
  return gatherer;
}

export interface FakeStun extends StunProbe {
  /** `undefined`: no answer before the one who asked gives up. */
  answers: boolean | undefined;
  readonly asked: readonly string[];
  /** Something is held that `close` lets go of. */
  open(): boolean;
}

export function fakeStun(): FakeStun {
  const asked: string[] = [];
  let open = false;
  const stun: FakeStun = {
    answers: true,
    asked,
    open: () => open,
    ask(url, signal) {
      asked.push(url);
      open = true;
      const { answers } = stun;
      if (answers !== undefined) return Promise.resolve(answers);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(false)));
    },
    close() {
      open = false;
    },
  };
  return stun;
}

export interface FakeReadiness extends Readiness {
  answer: ReadinessAnswer["state"];
  /** What it says beside `limited`. */
  retryAfterMs: number | undefined;
  relayState: RelayState | undefined;
  /** `undefined`: no answer before the one who asked gives up. */
  reachable: boolean | undefined;
  /** Times that the way was tried. */
  tried: number;
  /** Times that relayed calls were asked about. */
  relayAsked: number;
}

export function fakeReadiness(): FakeReadiness {
  const readiness: FakeReadiness = {
    answer: "ready",
    reachable: true,
    tried: 0,
    retryAfterMs: undefined,
    ask: () => Promise.resolve({ state: readiness.answer, retryAfterMs: readiness.retryAfterMs }),
    // What is asked about again and again.
    relayState: "failed",
    relayAsked: 0,
    relay() {
      readiness.relayAsked += 1;
      return Promise.resolve(readiness.relayState);
    },
    reach(signal) {
      readiness.tried += 1;
      const { reachable } = readiness;
      if (reachable !== undefined) return Promise.resolve(reachable);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(false)));
    },
  };
  return readiness;
}
