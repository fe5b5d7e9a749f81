import type { ChatSnapshot } from "@serendip/client";
import { steadyClock } from "@serendip/time";
import type { ChatEngine } from "./chat-engine.ts";
import { IDLE_SNAPSHOT } from "./chat-store.ts";
import { NOT_LOADED } from "./not-loaded.ts";

type Words = (engine: ChatEngine) => void;

/**
 * An engine whose code is on its way. What is pressed meanwhile is kept, and done in order when it is there; a Start shows at
 * once. Code that cannot be loaded is tried once more at the next Start, which then fails.
 */
export function lazyEngine(load: () => Promise<ChatEngine>): ChatEngine {
  const clock = steadyClock();
  const listeners = new Map<() => void, () => void>();
  let engine: ChatEngine | undefined;
  let snapshot: ChatSnapshot = IDLE_SNAPSHOT;
  let pressed: readonly Words[] = [];
  let isLoading = false;
  let isOver = false;

  const show = (next: ChatSnapshot): void => {
    snapshot = next;
    for (const run of [...listeners.keys()]) run();
  };

  const arrive = (arrived: ChatEngine): void => {
    if (isOver) {
      arrived.dispose();
      return;
    }
    engine = arrived;
    for (const run of listeners.keys()) listeners.set(run, arrived.subscribe(run));
    for (const words of pressed) words(arrived);
    pressed = [];
    for (const run of [...listeners.keys()]) run();
  };

  const fetch = (): void => {
    if (isLoading) return;
    isLoading = true;
    load().then(arrive, () => {
      isLoading = false;
      const isWanted = snapshot.status.phase !== "idle";
      pressed = [];
      if (isWanted && !isOver) show({ ...IDLE_SNAPSHOT, status: { phase: "failed", error: NOT_LOADED } });
    });
  };

  const tell = (words: Words): void => {
    if (engine) {
      words(engine);
      return;
    }
    pressed = [...pressed, words];
    fetch();
  };

  const begin = (words: Words): void => {
    if (!engine) show({ ...IDLE_SNAPSHOT, status: { phase: "requesting-media", since: clock.now() } });
    tell(words);
  };

  fetch();
  return {
    getSnapshot: () => engine?.getSnapshot() ?? snapshot,
    subscribe(run) {
      // The same function may come twice; each is a subscription of its own.
      const mine = () => run();
      listeners.set(mine, engine?.subscribe(mine) ?? (() => {}));
      return () => {
        listeners.get(mine)?.();
        listeners.delete(mine);
      };
    },
    dispose() {
      isOver = true;
      engine?.dispose();
    },
    start: () => begin((to) => to.start()),
    // Before there is an engine nothing but its loading can have failed.
    retry: () => (engine ? engine.retry() : begin((to) => to.start())),
    stop() {
      if (engine) engine.stop();
      else {
        pressed = [];
        show(IDLE_SNAPSHOT);
      }
    },
    goOn: () => begin((to) => to.goOn()),
    next: () => tell((to) => to.next()),
    joinWithout: () => tell((to) => to.joinWithout()),
    setEnabled: (kind, enabled) => tell((to) => to.setEnabled(kind, enabled)),
    selectDevice: (kind, deviceId) => tell((to) => to.selectDevice(kind, deviceId)),
    switchCamera: () => tell((to) => to.switchCamera()),
    setRelayOnly: (relayOnly) => tell((to) => to.setRelayOnly(relayOnly)),
    dismissProblem: () => tell((to) => to.dismissProblem()),
    watchRelay() {
      let isWatching = true;
      let undo = (): void => {};
      tell((to) => {
        if (isWatching) undo = to.watchRelay();
      });
      return () => {
        isWatching = false;
        undo();
      };
    },
  };
}
