import type { ChatActions, ChatSnapshot } from "@serendip/client";
import type { ChatEngine } from "../chat-engine.ts";
import { IDLE_SNAPSHOT } from "../chat-store.ts";

/** An engine that does nothing by itself: a script sets its snapshot and reads what was asked of it. */
export interface FakeChat extends ChatEngine {
  /** Changes the snapshot and tells the subscribers. */
  set(changes: Partial<ChatSnapshot>): void;
  /** Every action called, oldest first, as `name` or `name argument …`. */
  readonly calls: readonly string[];
  subscriberCount(): number;
  /** Those who look at whether calls can be relayed. */
  relayWatchers(): number;
  disposeCount(): number;
}

export function fakeChat(initial: Partial<ChatSnapshot> = {}): FakeChat {
  let snapshot: ChatSnapshot = { ...IDLE_SNAPSHOT, ...initial };
  let disposals = 0;
  const subscribers = new Set<() => void>();
  const relayWatchers = new Set<object>();
  const calls: string[] = [];
  const action =
    (name: keyof ChatActions) =>
    (...details: readonly unknown[]) => {
      calls.push([name, ...details].join(" "));
    };

  return {
    calls,
    set(changes) {
      snapshot = { ...snapshot, ...changes };
      for (const run of [...subscribers]) run();
    },
    subscriberCount: () => subscribers.size,
    relayWatchers: () => relayWatchers.size,
    disposeCount: () => disposals,
    getSnapshot: () => snapshot,
    subscribe(run) {
      const subscriber = () => run();
      subscribers.add(subscriber);
      return () => subscribers.delete(subscriber);
    },
    dispose() {
      disposals += 1;
      subscribers.clear();
    },
    start: action("start"),
    goOn: action("goOn"),
    next: action("next"),
    stop: action("stop"),
    retry: action("retry"),
    joinWithout: action("joinWithout"),
    setEnabled: action("setEnabled"),
    selectDevice: action("selectDevice"),
    switchCamera: action("switchCamera"),
    setRelayOnly: action("setRelayOnly"),
    dismissProblem: action("dismissProblem"),
    watchRelay() {
      const watcher = {};
      relayWatchers.add(watcher);
      return () => {
        relayWatchers.delete(watcher);
      };
    },
  };
}
