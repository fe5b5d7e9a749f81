import type { GivenIceServer } from "@serendip/protocol";
import { silentLog } from "../base/console-log.browser.ts";
import { iceGatherer } from "../ice/ice-gatherer.browser.ts";
import type { IceGatherer } from "../ice/ice-gatherer.port.ts";
import { chooseIce } from "../ice/ice-sources.machine.ts";
import { MEDIA_KINDS, stopAll, trackOf } from "../media/media-parts.ts";
import type { MediaSource } from "../media/media-source.port.ts";
import { userMedia } from "../media/user-media.browser.ts";
import { httpReadiness } from "../signaling/http-readiness.browser.ts";
import { httpTokenSource } from "../signaling/http-token-source.browser.ts";
import type { Readiness } from "../signaling/readiness.port.ts";
import type { SignalingSocket } from "../signaling/signaling-socket.port.ts";
import { socketIoSocket } from "../signaling/socket-io-socket.browser.ts";
import type { SolveChallenge, TokenSource } from "../signaling/token-source.port.ts";
import type { Way } from "../signaling/ways.machine.ts";
import type { ChatErrorCode } from "../words/chat-error.ts";
import type { Log } from "../words/log.ts";
import { checkRelays, ICE_CHECKS, type IceCheckCause } from "./ice-checks.browser.ts";
import { createServerCheck } from "./server-check.browser.ts";

export type CheckName = "camera" | "microphone" | "signaling" | (typeof ICE_CHECKS)[number];

/** One check, and what came of it. */
export interface CheckRow {
  readonly name: CheckName;
  /** `unknown`: nothing can be said; `not-configured`: there is nothing to check, which is no fault. */
  readonly state: "waiting" | "running" | "ok" | "failed" | "unknown" | "not-configured";
  /** Why it `failed` or is `unknown`. */
  readonly why?: IceCheckCause | ChatErrorCode | undefined;
  /** Of the chat server: the ways on which it can be met. */
  readonly ways?: readonly Way[] | undefined;
  /** Of what was not tested: when it may be, milliseconds from then. */
  readonly retryAfterMs?: number | undefined;
  /** How long it took, milliseconds; once it is over. */
  readonly tookMs?: number;
}

/** All checks, in the order in which they run. */
export interface CheckView {
  readonly rows: readonly CheckRow[];
  readonly running: boolean;
  /** What camera and microphone give, until they are given back. */
  readonly stream: MediaStream | undefined;
}

/** Looks one by one at what a call needs, for a person in trouble. Nothing happens before `run`. */
export interface Checks {
  getSnapshot(): CheckView;
  subscribe(run: () => void): () => void;
  /** Runs all checks anew; nothing while they run. */
  run(): void;
  /** Gives camera and microphone back. */
  release(): void;
  /** Ends what runs and gives everything back; `run` begins anew. */
  dispose(): void;
}

export interface ChecksOptions {
  /** Where the signaling service is. */
  readonly signalingUrl: string;
  /** The page's own ICE servers, as in `VideoChatOptions`. */
  readonly iceServers?: readonly GivenIceServer[];
  /** As in `VideoChatOptions`; without it a site that asks for such a check is not looked at. */
  readonly solveChallenge?: SolveChallenge;
  readonly log?: Log;
  /** In place of the browser's own. */
  readonly tools?: Partial<CheckTools>;
}

interface CheckTools {
  readonly media: MediaSource;
  readonly readiness: Readiness;
  readonly tokens: TokenSource;
  readonly socket: SignalingSocket;
  readonly gatherer: IceGatherer;
}

export type Outcome = Omit<CheckRow, "name" | "tookMs">;

const NAMES: readonly CheckName[] = ["camera", "microphone", "signaling", ...ICE_CHECKS];

export function createChecks(options: ChecksOptions): Checks {
  const { signalingUrl: url, iceServers = [], solveChallenge, log = silentLog } = options;
  const tools: CheckTools = {
    media: userMedia(),
    readiness: httpReadiness({ url }),
    tokens: httpTokenSource({ url, deviceGroup: () => undefined, solveChallenge }),
    socket: socketIoSocket({ url, log }),
    gatherer: iceGatherer(),
    ...options.tools,
  };
  const server = createServerCheck(tools);
  const listeners = new Set<() => void>();
  let current: AbortController | undefined;
  let view: CheckView = fresh(false);

  const show = (changes: Partial<CheckView>): void => {
    view = { ...view, ...changes };
    for (const listener of [...listeners]) listener();
  };
  const set = (name: CheckName, outcome: Omit<CheckRow, "name">): void =>
    show({ rows: view.rows.map((row) => (row.name === name ? { name, ...outcome } : row)) });
  const release = (): void => {
    if (!view.stream) return;
    stopAll(view.stream);
    show({ stream: undefined });
  };

  async function runAll(signal: AbortSignal): Promise<void> {
    /** One check at a time; what comes after the end is not shown. */
    const step = async <Extra>(
      names: readonly CheckName[],
      work: () => Promise<{ readonly outcomes: readonly Outcome[]; readonly extra: Extra }>,
    ): Promise<Extra> => {
      for (const name of names) set(name, { state: "running" });
      const since = performance.now();
      const { outcomes, extra } = await work();
      signal.throwIfAborted();
      const tookMs = Math.round(performance.now() - since);
      for (const [index, name] of names.entries())
        set(name, { ...(outcomes[index] ?? { state: "unknown" }), tookMs });
      return extra;
    };

    await step(MEDIA_KINDS, async () => {
      const wish = {
        camera: true,
        microphone: true,
        cameraId: undefined,
        cameraFacing: undefined,
        microphoneId: undefined,
      };
      const { stream, problems } = await tools.media.capture(wish, signal);
      if (signal.aborted) stopAll(stream);
      else show({ stream });
      const outcomes = MEDIA_KINDS.map(
        (kind): Outcome =>
          trackOf(stream, kind)
            ? { state: "ok" }
            : { state: "failed", why: problems[kind]?.code ?? "media-unavailable" },
      );
      return { outcomes, extra: undefined };
    });
    const offer = await step(["signaling"], async () => {
      const { outcome, ...offered } = await server.meet(signal);
      return { outcomes: [outcome], extra: { ...offered, why: outcome.why } };
    });
    const { all, faults } = chooseIce({
      granted: offer.ice?.iceServers,
      withheld: offer.ice?.withheld ?? [],
      base: undefined,
      own: iceServers,
      broken: new Map(),
    });
    /** Nobody knows what there is to check without the service's word, and nothing of it is tested without an account. */
    const unlessHidden = (name: (typeof ICE_CHECKS)[number]): Outcome => {
      if (!offer.ice && offer.why) return { state: "unknown", why: offer.why };
      if (name === "udp" || offer.retryAfterMs === undefined) return { state: "not-configured" };
      return { state: "unknown", why: "checks-limited", retryAfterMs: offer.retryAfterMs };
    };
    for (const name of ICE_CHECKS)
      await step([name], async () => {
        const found = await checkRelays({ name, servers: all, faults, gatherer: tools.gatherer, signal });
        return {
          outcomes: [found.state === "not-configured" ? unlessHidden(name) : found],
          extra: undefined,
        };
      });
  }

  return {
    getSnapshot: () => view,
    subscribe(run) {
      const listener = () => run();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    run() {
      if (current) return;
      const mine = new AbortController();
      current = mine;
      release();
      show(fresh(true));
      runAll(mine.signal)
        .catch((error: unknown) => {
          if (!mine.signal.aborted) log.warn("check", { error: String(error) });
        })
        .finally(() => {
          if (current !== mine) return;
          current = undefined;
          show({ running: false });
        });
    },
    release,
    dispose() {
      current?.abort();
      current = undefined;
      release();
      show(fresh(false));
    },
  };
}

const fresh = (running: boolean): CheckView => ({
  rows: NAMES.map((name) => ({ name, state: "waiting" })),
  running,
  stream: undefined,
});
