import type { ChatEvents, ChatSnapshot } from "../words/chat-snapshot.ts";
import type { Unsubscribe } from "../words/log.ts";

/** Those who watch the chat. A listener that throws does not keep the others from hearing. */
export interface Observers {
  subscribe(run: () => void): Unsubscribe;
  on<Event extends keyof ChatEvents>(event: Event, run: (value: ChatEvents[Event]) => void): Unsubscribe;
  once<Event extends keyof ChatEvents>(event: Event, run: (value: ChatEvents[Event]) => void): Unsubscribe;
  /** Tells everybody whom the difference concerns. */
  publish(next: ChatSnapshot, previous: ChatSnapshot): void;
  clear(): void;
}

/** One registration; the same function registered twice is heard twice. */
interface Entry<Value> {
  readonly run: (value: Value) => void;
}

type Registry = { readonly [Event in keyof ChatEvents]: Set<Entry<ChatEvents[Event]>> };

export function createObservers(onFault: (error: unknown) => void): Observers {
  const watchers = new Set<Entry<void>>();
  const registry: Registry = { connection: new Set(), error: new Set(), phase: new Set() };

  const add = <Value>(to: Set<Entry<Value>>, run: (value: Value) => void): Unsubscribe => {
    const entry = { run };
    to.add(entry);
    return () => {
      to.delete(entry);
    };
  };

  const tell = <Value>(entries: Set<Entry<Value>>, value: Value): void => {
    for (const entry of [...entries]) {
      if (!entries.has(entry)) continue;
      try {
        entry.run(value);
      } catch (error) {
        onFault(error);
      }
    }
  };

  const on: Observers["on"] = (event, run) => add(registry[event], run);

  return {
    subscribe: (run) => add(watchers, run),
    on,
    once(event, run) {
      const undo = on(event, (value) => {
        undo();
        run(value);
      });
      return undo;
    },
    publish(next, previous) {
      tell(watchers, undefined);
      if (next.signaling !== previous.signaling) tell(registry.connection, next.signaling);
      if (isNewPhase(next, previous)) tell(registry.phase, next.status);
      if (next.problem && !isSameProblem(next, previous)) tell(registry.error, next.problem);
    },
    clear() {
      watchers.clear();
      for (const entries of Object.values(registry)) entries.clear();
    },
  };
}

function isNewPhase({ status }: ChatSnapshot, previous: ChatSnapshot): boolean {
  if (status.phase !== previous.status.phase) return true;
  return "roomId" in status && "roomId" in previous.status && status.roomId !== previous.status.roomId;
}

function isSameProblem({ problem }: ChatSnapshot, previous: ChatSnapshot): boolean {
  return problem?.code === previous.problem?.code && problem?.device === previous.problem?.device;
}
