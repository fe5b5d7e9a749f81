import type { ChatSnapshot, DeviceStatus, MediaKind } from "@serendip/client";
import { type Cancel, type Clock, steadyClock } from "@serendip/time";
import type { ChatEngine } from "./chat-engine.ts";
import { IDLE_SNAPSHOT } from "./chat-store.ts";
import { LOAD_LIMIT_MS, NOT_LOADED } from "./not-loaded.ts";

type Words = (engine: ChatEngine) => void;

/**
 * An engine whose code is on its way. Until it is there everything that is pressed shows at once. What is wanted of devices and
 * of the address holds whatever becomes of the code; a Start holds until Stop, or until the code cannot be had: where its loading
 * fails, or takes too long. Code that comes even after that is taken. Loading that has failed is tried again at the next press.
 */
export function lazyEngine(load: () => Promise<ChatEngine>, clock: Clock = steadyClock()): ChatEngine {
  const listeners = new Map<() => void, () => void>();
  let engine: ChatEngine | undefined;
  let snapshot = IDLE_SNAPSHOT;
  let wishes: readonly Words[] = [];
  /** The last of these two; a Stop is told as well: nothing goes on by itself after it. */
  let decision: "start" | "stop" | undefined;
  let giveUp: Cancel = () => {};
  let isLoading = false;
  let isArriving = false;
  let isOver = false;

  const tellAll = (): void => {
    for (const run of [...listeners.keys()]) run();
  };

  const show = (changes: Partial<ChatSnapshot>): void => {
    snapshot = { ...snapshot, ...changes };
    tellAll();
  };

  const arrive = (arrived: ChatEngine): void => {
    giveUp();
    if (isOver) {
      arrived.dispose();
      return;
    }
    // Nobody sees it before it is as everybody has seen it.
    isArriving = true;
    for (const run of listeners.keys()) listeners.set(run, arrived.subscribe(run));
    for (const words of wishes) words(arrived);
    if (decision) arrived[decision]();
    isArriving = false;
    engine = arrived;
    tellAll();
  };

  const decide = (next: "start" | "stop", changes: Partial<ChatSnapshot>): void => {
    giveUp();
    decision = next;
    show({ problem: undefined, ...changes });
  };

  const fail = (): void => {
    if (decision === "start" && !isOver)
      decide("stop", { status: { phase: "failed", error: NOT_LOADED }, problem: NOT_LOADED });
  };

  const fetch = (): void => {
    if (isLoading) return;
    isLoading = true;
    load().then(arrive, () => {
      isLoading = false;
      fail();
    });
  };

  const begin = (): void => {
    if (decision === "start") return;
    decide("start", { status: { phase: "requesting-media", since: clock.now(), loading: true } });
    giveUp = clock.after(LOAD_LIMIT_MS, fail);
    fetch();
  };

  const wish = (words: Words, changes: Partial<ChatSnapshot>): void => {
    if (engine) {
      words(engine);
      return;
    }
    wishes = [...wishes, words];
    show(changes);
    fetch();
  };

  const wishOf = (kind: MediaKind, words: Words, changes: Partial<DeviceStatus>): void =>
    wish(words, { [kind]: { ...snapshot[kind], ...changes } });

  fetch();
  return {
    getSnapshot: () => engine?.getSnapshot() ?? snapshot,
    subscribe(run) {
      // The same function may come twice; each is a subscription of its own.
      const mine = () => {
        if (!isArriving) run();
      };
      listeners.set(mine, engine?.subscribe(mine) ?? (() => {}));
      return () => {
        listeners.get(mine)?.();
        listeners.delete(mine);
      };
    },
    dispose() {
      isOver = true;
      giveUp();
      engine?.dispose();
    },
    start: () => (engine ? engine.start() : begin()),
    stop: () => (engine ? engine.stop() : decide("stop", { status: IDLE_SNAPSHOT.status })),
    retry() {
      if (engine) engine.retry();
      else if (snapshot.status.phase === "failed") begin();
    },
    dismissProblem: () => (engine ? engine.dismissProblem() : show({ problem: undefined })),
    // Before there is an engine there is no call, offered or running, and nothing has failed but its loading.
    goOn: () => engine?.goOn(),
    next: () => engine?.next(),
    joinWithout: () => engine?.joinWithout(),
    setEnabled: (kind, enabled) => wishOf(kind, (to) => to.setEnabled(kind, enabled), { enabled }),
    selectDevice: (kind, deviceId) =>
      wishOf(kind, (to) => to.selectDevice(kind, deviceId), { deviceId, facing: undefined }),
    switchCamera() {
      const facing = snapshot.camera.facing === "environment" ? "user" : "environment";
      wishOf("camera", (to) => to.switchCamera(), { deviceId: undefined, facing });
    },
    setRelayOnly: (relayOnly) =>
      wish((to) => to.setRelayOnly(relayOnly), { ice: { ...snapshot.ice, relayOnly } }),
    watchRelay() {
      let isWatching = true;
      let undo = (): void => {};
      wish((to) => {
        if (isWatching) undo = to.watchRelay();
      }, {});
      return () => {
        isWatching = false;
        undo();
      };
    },
  };
}
