import type { ChatActions, ChatSnapshot } from "@serendip/client";
import type { ChatEngine } from "./chat-engine.ts";

const NO_DEVICE = {
  enabled: true,
  state: "none",
  deviceId: undefined,
  facing: undefined,
  devices: [],
  problem: undefined,
} as const satisfies ChatSnapshot["camera"];

/** What there is before an engine exists: on a server, and in the first render. */
export const IDLE_SNAPSHOT: ChatSnapshot = {
  status: { phase: "idle" },
  signaling: { state: "closed" },
  localStream: undefined,
  remoteStream: undefined,
  partner: { camera: true, microphone: true },
  camera: NO_DEVICE,
  microphone: NO_DEVICE,
  quality: undefined,
  ice: { mode: "unknown", faults: [], relayOnly: false, relay: "unknown" },
  health: undefined,
  canGoOn: false,
  problem: undefined,
};

/** An engine as `useSyncExternalStore` takes it. All members are bound and stay the same. */
export interface ChatStore {
  readonly subscribe: (run: () => void) => () => void;
  readonly getSnapshot: () => ChatSnapshot;
  readonly actions: ChatActions;
}

/** A store over an engine whose life is its owner's: the store never disposes it. */
export function borrowedStore(engine: ChatEngine): ChatStore {
  return {
    subscribe: (run) => engine.subscribe(run),
    getSnapshot: () => engine.getSnapshot(),
    actions: actionsOf(() => engine),
  };
}

/**
 * A store that owns its engine: made at the first subscription or action, disposed after the last subscriber went,
 * made anew when one comes again. While nobody subscribes after that, actions do nothing.
 */
export function ownedStore(create: () => ChatEngine): ChatStore {
  let engine: ChatEngine | undefined;
  let subscribers = 0;
  let over = false;

  const open = (): ChatEngine => {
    engine ??= create();
    return engine;
  };
  const disposeIfUnused = () => {
    if (subscribers > 0) return;
    over = true;
    engine?.dispose();
    engine = undefined;
  };

  return {
    subscribe(run) {
      over = false;
      subscribers += 1;
      const unsubscribe = open().subscribe(run);
      let subscribed = true;
      return () => {
        if (!subscribed) return;
        subscribed = false;
        subscribers -= 1;
        unsubscribe();
        // StrictMode unsubscribes and subscribes again in one go: only a lasting absence ends the chat.
        queueMicrotask(disposeIfUnused);
      };
    },
    getSnapshot: () => engine?.getSnapshot() ?? IDLE_SNAPSHOT,
    actions: actionsOf(() => (over ? undefined : open())),
  };
}

function actionsOf(engine: () => ChatEngine | undefined): ChatActions {
  return {
    start: () => engine()?.start(),
    goOn: () => engine()?.goOn(),
    next: () => engine()?.next(),
    stop: () => engine()?.stop(),
    retry: () => engine()?.retry(),
    joinWithout: () => engine()?.joinWithout(),
    setEnabled: (kind, enabled) => engine()?.setEnabled(kind, enabled),
    selectDevice: (kind, deviceId) => engine()?.selectDevice(kind, deviceId),
    switchCamera: () => engine()?.switchCamera(),
    setRelayOnly: (relayOnly) => engine()?.setRelayOnly(relayOnly),
    dismissProblem: () => engine()?.dismissProblem(),
    watchRelay: () => engine()?.watchRelay() ?? (() => {}),
  };
}
