import type { ChatActions, ChatSnapshot } from "@serendip/client";
import type { VideoChatOptions } from "@serendip/client/browser";
import { useMemo, useState, useSyncExternalStore } from "react";
import type { ChatEngine } from "./chat-engine.ts";
import { borrowedStore, type ChatStore, IDLE_SNAPSHOT, ownedStore } from "./chat-store.ts";
import { lazyEngine } from "./lazy-engine.ts";

/**
 * The largest part of the code, apart from the page's own: it comes while the person reads the first screen. Called early, it is
 * on its way before the hook is there.
 */
export const loadEngine = () => import("@serendip/client/browser");

/** The whole state of a chat, and what a person can do. */
export interface VideoChatState extends ChatSnapshot {
  /** The same object for the life of the component; its functions never throw and need no `this`. */
  readonly actions: ChatActions;
}

/**
 * A random video chat in a React component: matching, camera and microphone, the connection to the partner, and the
 * recovery of each.
 *
 * Before an action is called nothing is opened or written, and nobody is asked for a camera; only after a reload a search or call
 * goes on by itself (SPEC S12). Unmounting ends the chat and gives everything back; StrictMode's double mount is harmless. On a
 * server it renders as `idle`.
 *
 * @param source where the chat comes from; read once, at the first render. To use another one, change the component's `key`.
 * - options: the hook makes the engine and disposes it, for example `{ signalingUrl: "https://signal.example.org" }`;
 * - a function: the same, with an engine that the function makes;
 * - an engine: it is only watched. Whoever made it disposes it; share it this way between components.
 * @returns the engine's snapshot, a new object at each change, with the actions.
 *
 * @example
 * ```tsx
 * function Chat() {
 *   const chat = useVideoChat({ signalingUrl: "https://signal.example.org" });
 *   const partner = useMediaRef(chat.remoteStream);
 *   if (chat.status.phase === "idle") return <button onClick={chat.actions.start}>Start</button>;
 *   return <video ref={partner} autoPlay playsInline />;
 * }
 * ```
 */
export function useVideoChat(source: VideoChatOptions | ChatEngine | (() => ChatEngine)): VideoChatState {
  const [store] = useState(() => storeOf(source));
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, idle);
  return useMemo(() => ({ ...snapshot, actions: store.actions }), [snapshot, store]);
}

const idle = () => IDLE_SNAPSHOT;

function storeOf(source: VideoChatOptions | ChatEngine | (() => ChatEngine)): ChatStore {
  if (typeof source === "function") return ownedStore(source);
  if ("getSnapshot" in source) return borrowedStore(source);
  return ownedStore(() => lazyEngine(async () => (await loadEngine()).createVideoChat(source)));
}
